"""Makes a title of one line of an answer: plain words, without labels, quotes and markup."""

import re
import unicodedata
from typing import Final

from services.shared.markdown.words import plain_words

TITLE_CHARS: Final = 60
# A longer line is not a title.
LONGEST_LINE: Final = 400
WORDS: Final = "title|titel|titre|título|titolo|tytuł|заголовок|название|标题|標題|タイトル|제목"

_LEAD_IN: Final = (
    "(?:sure|certainly|absolutely|of course|ok|okay|here(?:['’]s| is| are)|how about"  # noqa: RUF001 - an apostrophe of many keyboards
    "|i(?:['’]d| would)? (?:suggest|propose)|suggested|proposed|possible"  # noqa: RUF001 - as above
    r"|an? (?:good|great|short|concise|suitable|fitting|possible)"
    r"|the(?= title (?:is|could|would)))\b"
)
LEAD_IN: Final = re.compile(_LEAD_IN, re.IGNORECASE)
"""The beginning of a line that announces a title."""
LABEL: Final = re.compile(
    rf"(?:(?:(?:chat|conversation) )?(?:{WORDS})"
    rf"|{_LEAD_IN}[^:：]{{0,60}}?\b(?:{WORDS})[^:：]{{0,40}}?)"  # noqa: RUF001 - the colon of Chinese and Japanese
    r"\s*[:：]\s*",  # noqa: RUF001 - as above
    re.IGNORECASE,
)
_ONLY_LABEL: Final = re.compile(rf"(?:{WORDS})\W*", re.IGNORECASE)
_TAG_START: Final = re.compile(r"<(?=/?[a-z][a-z0-9-]*(?:\s[^<>]*)?/?>)")
_KEPT: Final = "\ue002"
"""Stands for the start of a tag that the title is about; visible text has no such character."""
_AROUND: Final = re.compile(r"\s*<([a-z][a-z0-9_-]*)(?:\s[^<>]*)?>((?:(?!</?\1\b).)*)</\1>\s*")
_MARKUP: Final = re.compile(
    r"<(b|i|u|s|em|strong|code|mark|small|span|font|a|sub|sup|kbd)(?:\s[^<>]*)?>"
    r"((?=\S)(?:(?!</?\1\b).)+(?<=\S))</\1>"
)
_LONE: Final = re.compile(
    r"^\s*<(?:title|answer|response|output|final)>(?=\S)"
    r"|(?<=\S)</(?:title|answer|response|output|final)>\s*$"
    r"|<[a-z][a-z0-9-]*\s[^<>]*=[^<>]*>"
)
_OPENING: Final = re.compile(r"<[a-z]")
_STRAY: Final = re.compile(
    r"^(?:\s*</[a-z][a-z0-9-]*>)+(?=\w)|(?<=[\w.,;:!?])(?:</[a-z][a-z0-9-]*>\s*)+$"
)
_ONLY_TAG: Final = re.compile(r"\s*</?[a-z][a-z0-9_-]*>\s*")
_BREAK: Final = re.compile(r"(?<=[\w.,;:!?])<br\s*/?>|<br\s*/?>(?=\w)")
_QUOTES: Final = "\"'`´‘’‚“”„«»‹›「」『』《》*_"  # noqa: RUF001 - quotation marks of many languages
_ENDS: Final = ".:;,。：；，、"  # noqa: RUF001 - the same in Chinese and Japanese
_JOINERS: Final = "\u200c\u200d"
"""Invisible characters that emoji and Persian need."""


def title_of(line: str) -> str | None:
    """Return the title in `line`, at most 60 characters; None where there is none.

    It is plain text, which may hold `<` and `&`.
    """
    if len(line) > LONGEST_LINE:
        return None
    title = _shortened(bare(unmarked(line)))
    return title if says_something(title) and not _ONLY_LABEL.fullmatch(title) else None


def unmarked(line: str) -> str:
    """Return the words of `line` without invisible characters and markup.

    A tag that the line is about stays.
    """
    seen = _without_markup("".join(map(_seen, line[: LONGEST_LINE + 1])))
    return plain_words(_TAG_START.sub(_KEPT, seen)).replace(_KEPT, "<")


def bare(title: str) -> str:
    """Strip the label, quotation marks and a full stop, in any order."""
    before = ""
    while title != before:
        before = title
        title = unquoted(LABEL.sub("", title, count=1) if LABEL.match(title) else title)
        title = title if title.endswith(("...", "…")) else title.rstrip(_ENDS)
    return title


def unquoted(title: str) -> str:
    """Strip quotation marks around the whole of `title`."""
    title = title.strip()
    first, inner, last = title[:1], title[1:-1], title[-1:]
    is_quoted = inner and first in _QUOTES and last in _QUOTES
    return inner.strip() if is_quoted and first not in inner and last not in inner else title


def says_something(text: str) -> bool:
    """Whether `text` has a letter or a digit that is not in a lone tag."""
    return any(char.isalnum() for char in text) and not _ONLY_TAG.fullmatch(text)


def _without_markup(line: str) -> str:
    """Strip tags around the whole line, and those that mark up words in it."""
    while around := _AROUND.fullmatch(line):
        line = around[2]
    line = _LONE.sub("", _MARKUP.sub(r"\2", _BREAK.sub(" ", line)))
    return line if _OPENING.search(line) else _STRAY.sub("", line)


def _seen(char: str) -> str:
    """Return what is visible of a character: a space for a control, "" for other invisible ones."""
    category = unicodedata.category(char)
    if category == "Cc":
        return " "
    return "" if category[0] == "C" and char not in _JOINERS else char


def _shortened(title: str) -> str:
    if len(title) <= TITLE_CHARS:
        return title
    cut = title[: TITLE_CHARS - 1]
    words = cut.rpartition(" ")[0]
    kept = words if len(words) > TITLE_CHARS // 2 else cut
    return f"{kept.rstrip(f' {_ENDS}{_JOINERS}')}…"
