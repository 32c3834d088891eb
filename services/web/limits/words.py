"""Says how often something may be done, and when it may be done again."""

import math
from typing import Final

UNITS: Final = ((3600, "hour"), (60, "minute"))
"""Seconds of a unit, the largest first; a time is told in a unit if it has more than one of it."""


def wait_in_words(seconds: float) -> str:
    """Return a time in whole units, rounded up: "1 second", "90 seconds", "2 minutes"."""
    for unit, name in UNITS:
        if seconds > 2 * unit:
            return counted(math.ceil(seconds / unit), name)
    return counted(max(1, math.ceil(seconds)), "second")


def counted(count: int, noun: str) -> str:
    """Return a number with its noun: "1 chat", "1,000 chats"."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"
