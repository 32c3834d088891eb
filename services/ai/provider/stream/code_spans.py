"""Decides whether a place in Markdown is within code."""

import re
from typing import Final

_FENCE: Final = re.compile(r"^ {0,3}(`{3,}|~{3,})(.*)$", re.MULTILINE)
_TICKS: Final = re.compile(r"`+")


def ends_in_code(text: str) -> bool:
    """Return whether text behind `text` would be code: in a fence, or between backticks."""
    fence, end = "", 0
    for found in _FENCE.finditer(text):
        marks, info = found[1], found[2]
        if not fence:
            fence = "" if marks[0] == "`" and "`" in info else marks
        elif marks.startswith(fence) and not info.strip():
            fence = ""
        end = found.end()
    if fence:
        return True
    ticks = ""
    for found in _TICKS.finditer(text, max(end, text.rfind("\n\n"))):
        if not ticks:
            ticks = found[0]
        elif found[0] == ticks:
            ticks = ""
    return bool(ticks)
