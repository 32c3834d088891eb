"""The words of a markdown text on one line, for places that can only show plain text."""

import re
from typing import Final

from pyromark import Markdown, Options
from pyromark.event import Event

MOST_CHARS: Final = 2_000
"""How many characters of a text are read: only its first words are needed."""

_MARKDOWN: Final = Markdown(
    options=Options.ENABLE_FOOTNOTES
    | Options.ENABLE_STRIKETHROUGH
    | Options.ENABLE_TASKLISTS
    | Options.ENABLE_GFM
    | Options.ENABLE_TABLES
)
_KEPT: Final = re.compile("\ue000([0-9]+)\ue001")
"""Stands for a literal that is kept as it is; private-use characters are removed from texts."""
_REPLACED: Final = re.compile("[\ue000\ue001\ud800-\udfff]")
# As on the page, a dollar behind a word or before a digit is money, but not before a script.
# Python has names like __init__.
_LITERAL: Final = re.compile(
    r"(?<!\\)\$\$[^$]+\$\$"
    r"|(?<![\\A-Za-z0-9$])\$(?![\s$])[^$\n`]*?(?<![\s\\])\$(?![0-9$])"
    r"|(?<![\\$])\$(?=[_^\\])[^$\n`]*?(?<![\s\\])\$(?![$_^\\])"
    r"|\\\(.+?\\\)|\\\[.+?\\\]"
    r"|(?<!\w)__[a-z][a-z0-9_]*__(?!\w)",
    re.DOTALL,
)
# Emphasis that CommonMark does not see, for instance beside Chinese punctuation.
_EMPHASIS: Final = re.compile(r"(\*{2,3}|~~)(\S|\S.*?\S)\1")
_MEANT_TAGS: Final = re.compile(
    r"<!--.*?-->|</?(?:sub|sup|kbd|details|summary)>", re.DOTALL | re.IGNORECASE
)
_BREAK: Final = re.compile(r"<br\s*/?>", re.IGNORECASE)
_INLINES: Final = ("Emphasis", "Strong", "Strikethrough", "Link", "Image")
_ENDS_OF_INLINES: Final = [{"End": kind} for kind in _INLINES]
_LARGEST_NUMBER: Final = 99
"""A line that begins with a larger number begins with a year and is no list."""


def plain_words(text: str) -> str:
    """Return the first words of `text`, on one line, separated by single spaces.

    Formulas and tags that a page shows as text stay as they are. Nothing is escaped. The result
    may be empty, for instance for a rule.
    """
    kept: list[str] = []

    def keep(literal: re.Match[str]) -> str:
        kept.append(literal[0])
        return f"\ue000{len(kept) - 1}\ue001"

    marked = _LITERAL.sub(keep, _REPLACED.sub(" ", text[:MOST_CHARS]))
    plain = "".join(map(_plain_text, _MARKDOWN.events(marked, merge_text=True)))
    return " ".join(_KEPT.sub(lambda mark: kept[int(mark[1])], plain).split())


def _plain_text(event: Event) -> str:
    """Return the plain text of an event; the end of a line or a block is a space."""
    match event:
        case {"Text": str(text)}:
            return _EMPHASIS.sub(r"\2", text)
        case {"Code": str(text)}:
            return text
        case {"InlineHtml": str(html)} | {"Html": str(html)}:
            return _MEANT_TAGS.sub("", _BREAK.sub(" ", html))
        case {"Start": {"List": int(first)}} if first > _LARGEST_NUMBER:
            return f"{first}. "
        case "SoftBreak" | "HardBreak" | {"End": _}:
            return "" if event in _ENDS_OF_INLINES else " "
        case _:
            return ""
