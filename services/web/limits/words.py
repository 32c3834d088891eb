"""Says when something is possible again."""

import math
from typing import Final

UNITS: Final = ((3600, "hour"), (60, "minute"))
"""Seconds of a unit, the largest first; a time is told in a unit if it has more than one of it."""


def wait_in_words(seconds: float) -> str:
    """Return a time in whole units, rounded up: "1 second", "90 seconds", "2 minutes"."""
    for unit, name in UNITS:
        if seconds > 2 * unit:
            return f"{math.ceil(seconds / unit)} {name}s"
    whole = max(1, math.ceil(seconds))
    return "1 second" if whole == 1 else f"{whole} seconds"
