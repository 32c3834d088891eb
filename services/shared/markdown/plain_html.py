"""HTML so plain that every parser reads it as it is written: the sanitiser would change nothing.

It is one block of text with a few inline elements in it, each closed where it has to be, or one row
of a table. Nothing has an attribute but an id, the name of a language or an alignment.
"""

import re
from typing import Final

IDENTIFIER: Final = "[A-Za-z][A-Za-z0-9_-]*+"
LANGUAGE: Final = "[A-Za-z0-9][A-Za-z0-9+#._-]{0,39}+"
# No sign of markup, no hard space, which has a name, and nothing that parsers replace or drop.
_TEXT: Final = r"(?:[^<>&\x00-\x08\x0b-\x1f\x7f-\xa0\ud800-\udfff]++|&(?:amp|lt|gt);)*+"
_INLINE: Final = rf"{_TEXT}(?:<(?:br|/?(?:em|strong|del|code))>{_TEXT})*+"
_ID: Final = rf'(?:\ id="{IDENTIFIER}")?'
_CELLS: Final = rf'(?:<t[dh](?:\ class="align-(?:left|center|right)")?>{_INLINE}</t[dh]>)*+'
_PLAIN: Final = re.compile(
    rf"""
      <(?P<block> p | h[3-6] ){_ID}>{_INLINE}</(?P=block)>
    | <pre{_ID}(?:\ data-language="{LANGUAGE}")?>
      <code(?:\ class="language-{LANGUAGE}")?>{_TEXT}</code></pre>
    | <table><thead><tr>{_CELLS}</tr></thead><tbody></tbody></table>
    | <table><tbody><tr>{_CELLS}</tr></tbody></table>
    """,
    re.VERBOSE,
)
_TAG: Final = re.compile("<(/?)([a-z0-9]+)")
_TAGS_OF_A_BLOCK: Final = 2


def is_plain(html: str) -> bool:
    """Say whether HTML is known to be harmless as it is; more may be than this knows."""
    return _PLAIN.fullmatch(html) is not None and (
        html.count("<") == _TAGS_OF_A_BLOCK or _is_balanced(html)
    )


def _is_balanced(html: str) -> bool:
    still_open: list[str] = []
    for end, name in _TAG.findall(html):
        if end:
            if not still_open or still_open.pop() != name:
                return False
        elif name != "br":
            still_open.append(name)
    return not still_open
