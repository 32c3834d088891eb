"""Three nodes of NATS: one dies, stands still or is replaced, and no page misses a publication."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio

from services.shared.bus.connection import Bus, open_bus
from services.shared.bus.errors import CONNECTION_FAULTS, BusAwayError
from services.shared.bus.stored_messages import read_last
from services.shared.bus.subjects import TURBO_STREAM, turbo_stream_subject
from services.shared.process.tasks import background
from tests.faults.stage import Stage, staging
from tests.faults.visitors import groups, visitors
from tests.support.figures import show
from tests.support.nats_cluster import (
    REPLICAS,
    NatsCluster,
    NatsNode,
    depose,
    kill,
    leave_behind,
    running_cluster,
)
from tests.support.waiting import passed

GROUPS = groups(10)
EVERY_SECONDS = 0.05
ROUNDS, AT_ONCE, WRITTEN_SECONDS = 4, 20, 0.1
# One that remembers nothing reads all that returning pages have missed from the stream.
FORGETFUL: dict[str, object] = {"ring_bytes": 0, "warm_seconds": 0, "rotate_seconds": 60}

# nats-py leaves connections to servers that stand still to the collector.
pytestmark = pytest.mark.usefixtures("refused_logins")

type Fault = Callable[[NatsNode], Awaitable[None]]


@pytest_asyncio.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    """A bus of three nodes, a publisher and nobody else."""
    async with staging(tmp_path, running_cluster, REPLICAS) as stage:
        yield stage


@pytest.mark.parametrize("whose", ["leader", "follower"])
@pytest.mark.parametrize("fault", [kill, depose, leave_behind])
async def test_a_node_that_fails_costs_no_publication(
    stage: Stage, whose: str, fault: Fault
) -> None:
    """One gateway knows no other node than the one that fails."""
    cluster = _cluster(stage)
    victim = await cluster.leader_of(stage.publisher.bus, TURBO_STREAM)
    if whose == "follower":
        victim = cluster.follower(victim)
    async with (
        stage.gateway(FORGETFUL, nats_url=cluster.url_of(victim, "realtime")),
        stage.gateway(FORGETFUL),
        stage.gateway(),
        stage.audience(visitors(GROUPS, 6)) as clients,
        stage.publisher.load(GROUPS, every=EVERY_SECONDS) as load,
    ):
        for _ in range(2):
            await load.more(300)
            await fault(victim)
            await load.more(300)
            await cluster.until_healthy()
        await stage.pages.until_connected(clients)
        await stage.pages.settle_after(load)
        stage.pages.report(f"three nodes, a {whose}, {fault.__name__}, twice")


async def test_three_nodes_that_are_replaced_in_turn_cost_no_publication(stage: Stage) -> None:
    """As a StatefulSet does it: lame duck, and the next one once this one has caught up."""
    cluster = _cluster(stage)
    async with (
        stage.gateway(FORGETFUL),
        stage.gateway(),
        stage.audience(visitors(GROUPS, 6)) as clients,
        stage.publisher.load(GROUPS, every=EVERY_SECONDS) as load,
    ):
        for node in cluster.nodes:
            await load.more(300)
            await node.retire()
            node.begin()
            await cluster.until_healthy()
        await load.more(300)
        await stage.pages.until_connected(clients)
        await stage.pages.settle_after(load)
        stage.pages.report("three nodes, replaced in turn (lame duck)")


@pytest.mark.parametrize("whose", ["leader", "follower"])
async def test_a_node_that_wakes_up_is_not_taken_at_its_word(stage: Stage, whose: str) -> None:
    """Read through it, in the moment in which it goes on, what was published meanwhile.

    A direct get is what every reader used to ask with. It tells of a state long gone.
    """
    cluster, group = _cluster(stage), GROUPS[0]
    reader = Reader(turbo_stream_subject(group))
    for _ in range(ROUNDS):
        node = await cluster.leader_of(stage.publisher.bus, TURBO_STREAM)
        if whose == "follower":
            node = cluster.follower(node)
        async with (
            open_bus(cluster.url_of(node, "web"), name="faults-woken") as bus,
            background(lease=bus.lease.run),
        ):
            node.freeze()
            await stage.publisher.burst(group, 1000)
            await reader.read_at(bus, node, stage.publisher.ledger.books[group].head)
        await cluster.until_healthy()
    show(
        f"three nodes, read through a {whose} that wakes up, {ROUNDS} times: direct gets"
        f" {reader.direct}, stale {reader.direct_stale}; reads of whoever takes itself for the"
        f" leader {reader.leader}, stale {reader.leader_stale}; read_last {reader.held}, stale"
        f" {reader.held_stale}"
    )
    assert reader.direct_stale > 0
    assert reader.held_stale == 0


@dataclass(slots=True)
class Reader:
    """Reads a subject's newest message in three ways, and counts what is older than it may be."""

    subject: str
    direct: int = 0
    direct_stale: int = 0
    leader: int = 0
    leader_stale: int = 0
    held: int = 0
    held_stale: int = 0

    async def read_at(self, bus: Bus, node: NatsNode, known: int) -> None:
        """Ask the node while it is frozen, and let it go on."""
        async with asyncio.TaskGroup() as tasks:
            for _ in range(AT_ONCE):
                tasks.create_task(self._read_directly(bus, known))
                tasks.create_task(self._read_leader(bus, known))
                tasks.create_task(self._read_held(bus, known))
            await passed(WRITTEN_SECONDS)
            node.thaw()

    async def _read_directly(self, bus: Bus, known: int) -> None:
        with suppress(*CONNECTION_FAULTS):
            found = await bus.jetstream.get_msg(TURBO_STREAM, subject=self.subject, direct=True)
            self.direct += 1
            self.direct_stale += (found.seq or 0) < known

    async def _read_leader(self, bus: Bus, known: int) -> None:
        with suppress(*CONNECTION_FAULTS):
            found = await bus.jetstream.get_msg(TURBO_STREAM, subject=self.subject)
            self.leader += 1
            self.leader_stale += (found.seq or 0) < known

    async def _read_held(self, bus: Bus, known: int) -> None:
        with suppress(BusAwayError):
            last = await read_last(bus, TURBO_STREAM, self.subject)
            self.held += 1
            self.held_stale += last is None or last.sequence < known


def _cluster(stage: Stage) -> NatsCluster:
    assert isinstance(stage.nats, NatsCluster)
    return stage.nats
