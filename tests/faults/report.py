"""One line about each fault."""

import statistics
import sys
from collections.abc import Mapping, Sequence

from tests.faults.audit import Tally


def line(fault: str, published: int, tally: Tally, **more: object) -> str:
    """Write what an audit found, and other figures by their names."""
    figures: Mapping[str, object] = {
        "published": published,
        "delivered": tally.delivered,
        "lost": tally.lost,
        "doubled": tally.doubled,
        "sent again": tally.repeated,
        "out of order": tally.out_of_order,
        "refreshes": tally.refreshes,
        "longest pause": f"{tally.longest_pause:.2f} s",
        "connected": f"{tally.longest_silence:.2f} s",
        **{name.replace("_", " "): value for name, value in more.items()},
    }
    return f"{fault}: " + ", ".join(f"{name} {value}" for name, value in figures.items())


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
