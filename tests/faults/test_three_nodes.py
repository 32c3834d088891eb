"""Three nodes of NATS: one dies, stands still or is replaced, and no page misses a publication."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
import pytest_asyncio

from services.shared.subjects import TURBO_STREAM
from tests.faults.nats_cluster import (
    REPLICAS,
    NatsCluster,
    NatsNode,
    depose,
    kill,
    leave_behind,
    running_cluster,
)
from tests.faults.stage import Stage, staging
from tests.faults.visitors import groups, visitors

GROUPS = groups(10)
EVERY_SECONDS = 0.05
# One that remembers nothing reads all that returning pages have missed from the stream.
FORGETFUL: dict[str, object] = {"ring_bytes": 0, "warm_seconds": 0, "rotate_seconds": 60}

# A server that stands still takes a connection and says nothing; nats-py leaves it to the collector.
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


def _cluster(stage: Stage) -> NatsCluster:
    assert isinstance(stage.nats, NatsCluster)
    return stage.nats
