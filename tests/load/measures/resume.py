"""Replay: how long until all missed publications are there, from memory and from the stream."""

import random
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Final

from tests.load.child import OrderedChild
from tests.load.crowd import CrowdError, crowd
from tests.load.measures.findings import Findings
from tests.load.schedule import SEED, Schedule
from tests.load.servers.running import Contender, Setting

_GROUPS: Final = 2_000
_EACH: Final = 50
_MISSED: Final = 25
_RESUMED: Final = 500
_RATE: Final = 30_000.0
_BACKLOG: Final = Schedule(groups=_GROUPS, rate=_RATE, count=_GROUPS * _EACH)
_NOTHING_IN_MEMORY: Final = {"NATTER_REALTIME_RING_BYTES": "0", "NATTER_REALTIME_WARM_SECONDS": "0"}


@dataclass(slots=True)
class _Backlog:
    """The publications before the gateway's start, group by group in turn."""

    cursors: list[str] = field(default_factory=list)

    def publish(self, publisher: OrderedChild) -> None:
        """Publish it all and remember each place in the stream."""
        answer = publisher.ask("publish", schedule=asdict(_BACKLOG), cursors=True)
        self.cursors = answer["cursors"]

    def before_missed(self, group: int) -> str:
        """Return the cursor of one who saw all but the last `_MISSED` of the group."""
        return self.cursors[(_EACH - _MISSED - 1) * _GROUPS + group]


def measure_resume(contender: Contender, folder: Path) -> Findings:
    """Return p95 in ms, from connecting to the last of 25 missed publications."""
    return {
        "resume_ring": _p95(contender, folder / "ring", {}),
        "resume_stream": _p95(contender, folder / "stream", _NOTHING_IN_MEMORY),
    }


def _p95(contender: Contender, folder: Path, variables: dict[str, str]) -> float:
    folder.mkdir(parents=True)
    backlog = _Backlog()
    setting = Setting(variables, backlog.publish)
    # Group 0 is where the clients try the server first.
    groups = random.Random(SEED).sample(range(1, _GROUPS), _RESUMED)  # noqa: S311 - no secret
    with (
        contender.run(folder, setting) as server,
        crowd(server, contender.pace) as clients,
    ):
        cursors = [(group, backlog.before_missed(group)) for group in groups]
        answer = clients.resume(cursors, _MISSED)
    if answer["failed"]:
        failed = f"{answer['failed']} of {_RESUMED} did not get what they missed"
        raise CrowdError(f"{failed}: {'; '.join(answer['failures'])}")
    p95: float = answer["p95_ms"]
    return p95
