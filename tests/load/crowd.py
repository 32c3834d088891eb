"""The clients of one server, in a process of their own."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Final

from tests.load.accounting import cpu_seconds, settle
from tests.load.answering import Answer
from tests.load.child import OrderedChild, ordered_child
from tests.load.schedule import Schedule, deliveries
from tests.load.servers.running import Pace, Running

_PATH: Final = "/ws/turbo_stream/{group}/"
_FIRST: Final = 20


class CrowdError(RuntimeError):
    """The clients did not get what the measure needs."""


@dataclass(frozen=True, slots=True)
class Delivered:
    """The deliveries of a schedule's publications."""

    expected: int
    frames: int
    reads: int
    p50_ns: int
    p99_ns: int
    server_cpu: float
    """Seconds."""
    bus_cpu: float

    @property
    def astray(self) -> int:
        """The number of lost, and of unexpected, deliveries."""
        return abs(self.expected - self.frames)


@dataclass(frozen=True, slots=True)
class Crowd:
    """Clients of `server`."""

    child: OrderedChild
    server: Running
    pace: Pace

    def open(self, sizes: Sequence[int], *, deflate: bool = True, timed: bool = False) -> None:
        """Open `sizes[n]` sockets in group n, or raise CrowdError."""
        answer = self.child.ask(
            "open",
            sizes=list(sizes),
            in_flight=self.pace.in_flight,
            timed=timed,
            deflate=deflate,
            **self._to(),
        )
        if answer["opened"] != sum(sizes):
            raise CrowdError(f"{answer['opened']} sockets of {sum(sizes)}: {answer['refusals']}")

    def publish(self, schedule: Schedule, sizes: Sequence[int]) -> Delivered:
        """Publish by `schedule` to open sockets, wait for what comes, and tell what it cost.

        Raises CrowdError where the server closed sockets meanwhile.
        """
        server, bus = cpu_seconds(self.server.pids), cpu_seconds(self.server.bus_pids)
        expected = deliveries(schedule, sizes)
        self.server.publisher.ask("publish", schedule=asdict(schedule))
        counted = self.child.ask("count", expected=expected)
        if counted["ended"]:
            raise CrowdError(f"the server closed {counted['ended']} sockets")
        return Delivered(
            expected,
            counted["frames"],
            counted["reads"],
            counted["p50_ns"],
            counted["p99_ns"],
            cpu_seconds(self.server.pids) - server,
            cpu_seconds(self.server.bus_pids) - bus,
        )

    def resume(self, cursors: Sequence[tuple[int, str]], missed: int) -> Answer:
        """Come back to each group with its cursor, one after the other."""
        return self.child.ask(
            "resume", cursors=list(cursors), missed=missed, deflate=True, **self._to()
        )

    def close(self) -> None:
        """Leave."""
        self.child.ask("close")
        settle()

    def _to(self) -> dict[str, object]:
        return {"port": self.server.port, "path": _PATH, "key": self.server.key}


@contextmanager
def crowd(server: Running, pace: Pace) -> Iterator[Crowd]:
    """Give clients of a server that has served some before: what it loads late is loaded."""
    with ordered_child("tests.load.loader") as child:
        clients = Crowd(child, server, pace)
        clients.open([_FIRST])
        clients.publish(Schedule(groups=1, rate=10, count=5), [_FIRST])
        clients.close()
        yield clients
