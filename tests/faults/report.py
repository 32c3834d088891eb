"""One line about each fault."""

from collections.abc import Mapping

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
