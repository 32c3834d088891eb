"""From the call that publishes to the socket that reads, while many groups talk at once."""

from pathlib import Path
from typing import Final

from tests.load.crowd import crowd
from tests.load.measures.findings import Findings
from tests.load.schedule import Schedule
from tests.load.servers.running import Contender, Setting

_SIZES: Final = tuple(range(10, 101, 10))
_SECONDS: Final = 12.0
_NANO: Final = 1e6
"""Nanoseconds in a millisecond."""


def measure_latency(contender: Contender, folder: Path) -> Findings:
    """Return the delay's p50 and p99 in ms, over all deliveries to all sockets that are held."""
    folder.mkdir(parents=True)
    sizes = _sizes(contender.pace.sockets)
    rate = contender.pace.mixed * len(sizes) / sum(sizes)
    with (
        contender.run(folder, Setting()) as server,
        crowd(server, contender.pace) as clients,
    ):
        # Compressed frames would have to be unpacked to be read.
        clients.open(sizes, deflate=False, timed=True)
        warm_up = Schedule(len(sizes), rate, count=int(rate), scattered=True)
        warmed = clients.publish(warm_up, sizes)
        schedule = Schedule(len(sizes), rate, count=int(rate * _SECONDS), scattered=True)
        delivered = clients.publish(schedule, sizes)
    return {
        "latency_p50": delivered.p50_ns / _NANO,
        "latency_p99": delivered.p99_ns / _NANO,
        "astray": warmed.astray + delivered.astray,
    }


def _sizes(sockets: int) -> list[int]:
    """Share the sockets among groups of 10, 20, up to 100."""
    sizes: list[int] = []
    while sum(sizes) + _SIZES[len(sizes) % len(_SIZES)] <= sockets:
        sizes.append(_SIZES[len(sizes) % len(_SIZES)])
    return sizes
