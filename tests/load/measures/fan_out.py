"""CPU for each delivered publication: to many at once, four joined, and to one."""

from pathlib import Path
from typing import Final

from tests.load.crowd import Delivered, crowd
from tests.load.measures.findings import Findings
from tests.load.schedule import Schedule
from tests.load.servers.running import Contender, Setting

WIDE: Final = 500
_GROUPS: Final = 4
_JOINED: Final = 4
_SINGLE_GROUPS: Final = 2_000
_SECONDS: Final = 6.0
_MICRO: Final = 1e6


def measure_fan_out(contender: Contender, folder: Path) -> Findings:
    """Return microseconds of the server's CPU, and of its bus, for each publication that came."""
    pace = contender.pace
    wide = _delivered(contender, folder / "wide", [WIDE] * _GROUPS, pace.wide / WIDE, 1)
    joined = _delivered(contender, folder / "joined", [WIDE] * _GROUPS, pace.wide / WIDE, _JOINED)
    groups = min(_SINGLE_GROUPS, pace.sockets)
    single = _delivered(contender, folder / "single", [1] * groups, pace.single, 1)
    return {
        "cpu_wide": _each(wide.server_cpu, wide),
        "reads_wide": wide.frames / max(wide.reads, 1),
        "cpu_joined": _each(joined.server_cpu, joined),
        "reads_joined": joined.frames / max(joined.reads, 1),
        "cpu_single": _each(single.server_cpu, single),
        "bus_single": _each(single.bus_cpu, single),
        "astray": wide.astray + joined.astray + single.astray,
    }


def _delivered(
    contender: Contender, folder: Path, sizes: list[int], rate: float, together: int
) -> Delivered:
    folder.mkdir(parents=True)
    with (
        contender.run(folder, Setting()) as server,
        crowd(server, contender.pace) as clients,
    ):
        clients.open(sizes)
        schedule = Schedule(
            groups=len(sizes), rate=rate, count=int(rate * _SECONDS), together=together
        )
        return clients.publish(schedule, sizes)


def _each(seconds: float, delivered: Delivered) -> float:
    return seconds * _MICRO / max(delivered.frames, 1)
