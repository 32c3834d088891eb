"""A bus of one node or three, its publisher, and connections in the place of gateways."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Final

from tests.load.accounting import cpu_seconds, resident_bytes, settle
from tests.load.bus.nodes import Node
from tests.load.child import OrderedChild, ordered_child
from tests.load.crowd import CrowdError
from tests.load.schedule import Schedule

_USER: Final = "realtime"
_MICRO: Final = 1e6


@dataclass(frozen=True, slots=True)
class Published:
    """The cost of a schedule's publications."""

    cpu: float
    """Microseconds for each, of all nodes together."""
    busiest: float
    """The same of the node that had most to do."""
    rate: float
    """So many were stored in a second."""


@dataclass(frozen=True, slots=True)
class Bus:
    """Everything that is measured on."""

    nodes: Sequence[Node]
    publisher: OrderedChild
    listeners: OrderedChild

    @property
    def pids(self) -> list[int]:
        """The nodes' processes."""
        return [node.pid for node in self.nodes]

    def publish(self, schedule: Schedule) -> Published:
        """Publish and wait for every ack."""
        before = self._spent()
        seconds = self.publisher.ask("publish", schedule=asdict(schedule))["acked_seconds"]
        # Followers may still be writing.
        settle()
        spent = [now - was for now, was in zip(self._spent(), before, strict=True)]
        each = _MICRO / schedule.count
        return Published(sum(spent) * each, max(spent) * each, schedule.count / seconds)

    def publish_to(self, schedule: Schedule, connections: Sequence[Node]) -> Published:
        """The same while one connection to each of these nodes hears everything."""
        for node in connections:
            self.listen(node, connections=1, groups=schedule.groups)
        published = self.publish(schedule)
        expected = schedule.count * len(connections)
        heard = self.listeners.ask("count", expected=expected)["messages"]
        self.listeners.ask("close")
        if heard != expected:
            raise CrowdError(f"{heard} messages came of {expected}")
        return published

    def listen(self, node: Node, *, connections: int, groups: int, own: bool = False) -> None:
        """Open connections to `node` that listen to so many groups each: all the same, or `own`."""
        self.listeners.ask(
            "open",
            port=node.port,
            user=_USER,
            password=node.passwords[_USER],
            connections=connections,
            groups=groups,
            own=own,
        )

    def grown(self, do: Callable[[], None]) -> list[int]:
        """Return by how many bytes each node has grown with `do`."""
        before = [resident_bytes([pid]) for pid in self.pids]
        do()
        settle()
        return [resident_bytes([pid]) - was for pid, was in zip(self.pids, before, strict=True)]

    def _spent(self) -> list[float]:
        return [cpu_seconds([pid]) for pid in self.pids]


@contextmanager
def bus_on(nodes: Sequence[Node]) -> Iterator[Bus]:
    """Open the bus of these nodes with its streams; the publisher is a client of the first."""
    with (
        ordered_child("tests.load.publishers.jetstream", nodes[0].url("web")) as publisher,
        ordered_child("tests.load.bus.listeners") as listeners,
    ):
        yield Bus(nodes, publisher, listeners)
