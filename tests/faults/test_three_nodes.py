"""Three nodes of NATS: one of them dies, stands still or is replaced while everything runs."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
import pytest_asyncio

from services.shared.bus import Bus
from services.shared.subjects import TURBO_STREAM
from tests.faults.nats_cluster import REPLICAS, NatsCluster, NatsNode, running_cluster
from tests.faults.stage import Stage, staging
from tests.faults.visitors import groups, visitors
from tests.support.waiting import passed

GROUPS = groups(10)
EVERY_SECONDS = 0.05
# Longer than followers wait before they choose another leader.
DEPOSED_SECONDS = 8
BEHIND_SECONDS = 3

type Fault = Callable[[NatsNode], Awaitable[None]]


@pytest_asyncio.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with staging(tmp_path, running_cluster, REPLICAS) as stage:
        yield stage


async def killed(node: NatsNode) -> None:
    await asyncio.to_thread(node.kill)
    await passed(DEPOSED_SECONDS)
    node.begin()


async def deposed(node: NatsNode) -> None:
    node.freeze()
    await passed(DEPOSED_SECONDS)
    node.thaw()


async def left_behind(node: NatsNode) -> None:
    node.freeze()
    await passed(BEHIND_SECONDS)
    node.thaw()


async def replaced(node: NatsNode) -> None:
    await asyncio.to_thread(node.end)
    node.begin()


def cluster_of(stage: Stage) -> NatsCluster:
    assert isinstance(stage.nats, NatsCluster)
    return stage.nats


async def leader(stage: Stage) -> NatsNode:
    return await cluster_of(stage).leader_of(stage.publisher.bus, TURBO_STREAM)


async def follower(stage: Stage) -> NatsNode:
    return cluster_of(stage).others(await leader(stage))[0]


@pytest.mark.parametrize(
    ("name", "which", "fault"),
    [
        ("leader killed", leader, killed),
        ("leader frozen and deposed", leader, deposed),
        ("follower frozen", follower, left_behind),
        ("follower killed", follower, killed),
    ],
)
async def test_a_node_that_fails_loses_no_publication(
    stage: Stage, name: str, which: Callable[[Stage], Awaitable[NatsNode]], fault: Fault
) -> None:
    cluster = cluster_of(stage)
    async with (
        stage.gateway({"ring_bytes": 0, "warm_seconds": 0, "rotate_seconds": 60}),
        stage.gateway(),
        stage.audience(visitors(GROUPS, 5)) as clients,
        stage.publisher.load(GROUPS, every=EVERY_SECONDS) as load,
    ):
        for _ in range(2):
            await load.more(300)
            await fault(await which(stage))
            await load.more(300)
            await cluster.until_healthy()
        await stage.pages.until_connected(clients)
        await stage.pages.settle_after(load)
        stage.pages.report(f"three nodes, {name}, twice")
