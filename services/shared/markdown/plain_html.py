"""HTML so plain that every parser reads it as it is written: the sanitiser would change nothing.

It is one block of text with inline elements in it, in each other at most once, or one row of a
table. All are closed and have no attribute but an id, the name of a language or an alignment.
"""

import re
from typing import Final

IDENTIFIER: Final = "[A-Za-z][A-Za-z0-9_-]*+"
LANGUAGE: Final = "[A-Za-z0-9][A-Za-z0-9+#._-]{0,39}+"
# No sign of markup, no hard space, which has a name, and nothing that parsers replace or drop.
_TEXT: Final = r"(?:[^<>&\x00-\x08\x0b-\x1f\x7f-\xa0\ud800-\udfff]++|&(?:amp|lt|gt);)*+"


def _element(depth: int) -> str:
    """Return the pattern of an inline element, with others in it down to a depth, or of a break."""
    inside = _inline(depth - 1) if depth else _TEXT
    return rf"<(?:em>{inside}</em|strong>{inside}</strong|del>{inside}</del|code>{_TEXT}</code|br)>"


def _inline(depth: int) -> str:
    return rf"{_TEXT}(?:{_element(depth)}{_TEXT})*+"


_INLINE: Final = _inline(depth=1)
_ID: Final = rf'(?:\ id="{IDENTIFIER}")?'
_ALIGNMENT: Final = r'(?:\ class="align-(?:left|center|right)")?'
_PLAIN: Final = re.compile(
    rf"""
      <p{_ID}>{_INLINE}</p>
    | <(?P<heading>h[3-6]){_ID}>{_INLINE}</(?P=heading)>
    | <pre{_ID}(?:\ data-language="{LANGUAGE}")?>
      <code(?:\ class="language-{LANGUAGE}")?>{_TEXT}</code></pre>
    | <table><thead><tr>(?:<th{_ALIGNMENT}>{_INLINE}</th>)*+</tr></thead><tbody></tbody></table>
    | <table><tbody><tr>(?:<td{_ALIGNMENT}>{_INLINE}</td>)*+</tr></tbody></table>
    """,
    re.VERBOSE,
)


def is_plain(html: str) -> bool:
    """Say whether HTML is known to be harmless as it is; more may be than this knows."""
    return _PLAIN.fullmatch(html) is not None
