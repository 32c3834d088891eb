"""Emphasis beside Chinese, Japanese and Korean characters, which have no spaces around it.

By CommonMark (6.2) a run of asterisks between a letter and a punctuation mark only opens emphasis,
or only closes it. That is right where words have spaces between them: `a**(b)`. The CommonMark
CJK-friendly Amendments (6.2, github.com/tats-u/markdown-cjk-friendly) let the run do both where one
of the two characters is CJK. So the parser is shown a letter beside the punctuation mark. The
amendments leave underscores as they are.
"""

import re
from functools import lru_cache
from typing import Final
from unicodedata import category

from services.shared.markdown.marks import NOTHING

_RUN: Final = re.compile(r"\\(?s:.)|\*+|~+")
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
_IDEOGRAPHIC_SELECTOR: Final = re.compile("[\U000e0100-\U000e01ef]")
_WIDE_QUOTE: Final = re.compile("[\u2018\u2019\u201c\u201d]\ufe01")
# A table's bar ends a cell, as a space would.
_BAR: Final = "|"


def relaxed(text: str) -> str:
    """Let emphasis begin and end beside CJK characters. The text is of complete lines."""
    return text if text.isascii() else _RUN.sub(_relaxed, text)


def _relaxed(run: re.Match[str]) -> str:
    marks, text = run[0], run.string
    before, after = text[max(0, run.start() - 2) : run.start()], text[run.end() : run.end() + 1]
    if marks[0] == "\\" or (marks[0] == "~" and len(marks) != _TILDES):
        return marks
    if before.isascii() and after.isascii():
        return marks
    return _between(before, marks, after)


@lru_cache(_KEPT)
def _between(before: str, marks: str, after: str) -> str:
    """Write a run between what precedes it, up to two characters, and the one that follows."""
    if _is_space(before[-1:]) or _is_space(after):
        return marks
    opens_at, closes_at = _is_punctuation(after), _is_punctuation(before[-1])
    if opens_at == closes_at or not (_CJK.match(after) or _ends_in_cjk(before)):
        return marks
    return marks + NOTHING if opens_at else NOTHING + marks


def _ends_in_cjk(before: str) -> bool:
    """Say whether a CJK character is last, or one that a variation selector follows."""
    last = before[-1]
    if _IDEOGRAPHIC_SELECTOR.match(last) or _WIDE_QUOTE.fullmatch(before):
        return True
    return _CJK.match(before[0] if _SELECTOR.match(last) else last) is not None


def _is_space(character: str) -> bool:
    return not character or character.isspace() or character == _BAR


def _is_punctuation(character: str) -> bool:
    return category(character)[0] in "PS"
