"""Emphasis beside Chinese, Japanese and Korean characters, which have no spaces around it.

By CommonMark (6.2) a run of asterisks between a letter and a punctuation mark can only open or only
close emphasis. That suits languages with spaces between words: `a**(b)`. The CommonMark
CJK-friendly Amendments (6.2, github.com/tats-u/markdown-cjk-friendly) let the run do both if one of
the two characters is CJK. So we show the parser a letter beside the punctuation mark. The
amendments do not change underscores, and ignore variation selectors. An asterisk that begins a file
name pattern is left to CommonMark.
"""

import re
from functools import lru_cache
from typing import Final
from unicodedata import category

from services.shared.markdown.safety.placeholders import SIGN_AND_WORD, WORD, WORD_AND_SIGN

# Underscores matter only behind a variation selector, which hides the character before it.
_RUN: Final = re.compile(r"\\(?s:.)|\*+|~+|(?<=[\ufe00-\ufe0e])_+")
_MARKS: Final = frozenset("*~_")
_TILDES: Final = 2
_KEPT: Final = 4_096
# East Asian Width W, F or H but no emoji, or the script Hangul (Unicode 17).
_CJK: Final = re.compile(
    "[\u1100-\u11ff\u20a9\u2329-\u232a\u2630-\u2637\u268a-\u268f\u2e80-\u303e\u3041-\u3247"
    "\u3250-\ua4c6\ua960-\ua97c\uac00-\ud7fb\uf900-\ufaff\ufe10-\ufe19\ufe30-\ufe6b\uff01-\uffdc"
    "\uffe0-\uffe6\uffe8-\uffee\U00016fe0-\U00018df2\U0001aff0-\U0001b2fb\U0001d300-\U0001d376"
    "\U0001f200\U0001f202\U0001f210-\U0001f219\U0001f21b-\U0001f22e\U0001f230-\U0001f231\U0001f237"
    "\U0001f23b\U0001f240-\U0001f248\U0001f260-\U0001f265\U00020000-\U0003fffd]"
)
_SELECTOR: Final = re.compile("[\ufe00-\ufe0e]")
# A quotation mark in its wide form, or a character with an ideographic variation selector.
_WIDE: Final = re.compile("[\u2018\u2019\u201c\u201d]\ufe01|(?s:.?)[\U000e0100-\U000e01ef]")
# The beginning of a file name pattern such as `*.py` or `**/*.md`.
_NAME_PATTERN: Final = re.compile(r"\*(?:[./]|\*/)[A-Za-z0-9*{]")
# A bar ends a table's cell, like a space.
_BAR: Final = "|"


def relax_emphasis(text: str) -> str:
    """Let emphasis begin and end beside CJK characters; the text consists of complete lines."""
    return text if text.isascii() else _RUN.sub(_relaxed_run, text)


def _relaxed_run(run: re.Match[str]) -> str:
    marks, text = run[0], run.string
    before, after = text[max(0, run.start() - 2) : run.start()], text[run.end() : run.end() + 1]
    if marks[0] == "\\" or (marks[0] == "~" and len(marks) != _TILDES):
        return marks
    if before.isascii() and after.isascii():
        return marks
    if _NAME_PATTERN.match(text, run.start()):
        return marks
    return _between(before, marks, after)


@lru_cache(_KEPT)
def _between(before: str, marks: str, after: str) -> str:
    """Return a run of marks between up to two characters before it and the one after it."""
    if _is_space(before[-1:]) or _is_space(after):
        return marks
    last = before[0] if _SELECTOR.match(before[-1]) else before[-1]
    opens_at, closes_at = _is_punctuation(after), _is_punctuation(last)
    is_cjk = _CJK.match(after) or _CJK.match(last) or _WIDE.fullmatch(before)
    if is_cjk and opens_at != closes_at and marks[0] != "_":
        return f"{marks}{_before(after)}" if opens_at else f"{_behind(last)}{marks}"
    return f"{WORD_AND_SIGN}{marks}" if closes_at and last != before[-1] else marks


def _before(sign: str) -> str:
    """Return a letter for the parser; beside another run of marks it must still end in a sign."""
    return WORD_AND_SIGN if sign in _MARKS else WORD


def _behind(sign: str) -> str:
    return SIGN_AND_WORD if sign in _MARKS else WORD


def _is_space(character: str) -> bool:
    return not character or character.isspace() or character == _BAR


def _is_punctuation(character: str) -> bool:
    return category(character)[0] in "PS"
