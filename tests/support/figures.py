"""Figures among the output of the tests."""

import statistics
import sys
from collections.abc import Sequence


def show(text: str) -> None:
    """Print a line of its own in pytest's output."""
    sys.stdout.write(f"\n  {text}\n")
    sys.stdout.flush()


def milliseconds(seconds: Sequence[float]) -> str:
    """Write the middle and the largest of some times."""
    if not seconds:
        return "never"
    middle, largest = 1000 * statistics.median(seconds), 1000 * max(seconds)
    return f"p50 {middle:.0f} ms, max {largest:.0f} ms of {len(seconds)}"
