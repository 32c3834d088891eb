"""The rows of the table of scaling: the same ones for each number of sockets."""

from collections.abc import Iterator
from typing import Final

from tests.load.scaling.scenarios import EVEN, MINUTES
from tests.load.scaling.simulation import SIZES
from tests.load.table import Row

_CHANGES: Final = {
    "down": "one gateway less: sockets sent away",
    "rolled": "all gateways replaced: sockets sent away",
    "lost": "one gateway killed: sockets cut off",
}
# A drained page must not wait: the hint of the drain, and the element's own pause.
_LONGEST_ABSENCE: Final = 1.5


def rows() -> tuple[Row, ...]:
    """List all of them."""
    sized = [row for size, sockets in SIZES.items() for row in _sized(size, sockets)]
    return (*sized, *_of_a_day())


def _sized(size: str, sockets: int) -> Iterator[Row]:
    yield Row(f"{size}_replicas", f"{sockets:,} sockets: gateways")
    yield Row(f"{size}_webs", "  web replicas that make their tokens")
    yield Row(f"{size}_few", "from fewer gateways:")
    for minute in MINUTES:
        goal = EVEN if minute == 15 else None
        label = f"  {minute} min later, the fullest, times the mean"
        yield Row(f"{size}_spread_{minute}", label, goal)
    yield Row(f"{size}_even_after", "  minutes until no gateway holds 10 % more")
    yield Row(f"{size}_rotated_p50", "  absent while rotated, p50, s")
    yield Row(f"{size}_rotated_p99", "  p99, s")
    for name, label in _CHANGES.items():
        yield from _changed(f"{size}_{name}", label, _LONGEST_ABSENCE if name == "down" else None)


def _changed(name: str, label: str, longest: float | None) -> Iterator[Row]:
    yield Row(f"{name}_moves", label)
    yield Row(f"{name}_each", "  for each socket that there is")
    yield Row(f"{name}_peak", "  came back in the busiest second")
    yield Row(f"{name}_handshakes", "  CPU of gateways for handshakes, s")
    yield Row(f"{name}_tokens", "  CPU of web for tokens, s")
    yield Row(f"{name}_p50", "  absent, p50, s")
    yield Row(f"{name}_p99", "  p99, s", longest)
    yield Row(f"{name}_spread_1", "  1 min later, the fullest, times the mean")
    yield Row(f"{name}_spread_15", "  15 min later", EVEN)


def _of_a_day() -> Iterator[Row]:
    for name, label in {
        "day": "a day of hourly waves, by these rules: changes",
        "default_day": "the same by Kubernetes' default rules: changes",
    }.items():
        yield Row(f"{name}_changes", label)
        yield Row(f"{name}_sent", "  sockets sent away")
        yield Row(f"{name}_fullest", "  most sockets of a gateway")
        yield Row(f"{name}_hours", "  hours of gateways")
