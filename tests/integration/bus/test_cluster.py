"""Streams on a real cluster of three nodes: their replicas, and any node to connect to."""

import asyncio
import io
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from dataclasses import replace

import pytest
import pytest_asyncio

from services.shared.bus import stream_management
from services.shared.bus.connection import Bus, open_bus
from services.shared.bus.errors import CONNECTION_FAULTS, BusAwayError
from services.shared.bus.stored_messages import read_all
from services.shared.bus.stream_management import ReplicasError, declare_streams, declare_when_ready
from services.shared.bus.streams import CONSUMERS, STREAMS
from services.shared.bus.subjects import AI_TEXT, TURBO_STREAM, text_subject
from services.web.backup.bus import restore_bus, snapshot_bus
from tests.support.nats_cluster import NatsCluster, running_cluster
from tests.support.waiting import until

NAMES = [str(stream.name) for stream in STREAMS]


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NatsCluster]:
    with running_cluster(tmp_path_factory.mktemp("cluster")) as cluster:
        yield cluster


@pytest_asyncio.fixture
async def web(cluster: NatsCluster) -> AsyncIterator[Bus]:
    async with open_bus(cluster.server.url("web"), name="test-web") as bus:
        # While leaders change nothing answers, and questions are repeated.
        yield replace(bus, jetstream=bus.client.jetstream(timeout=1))


async def test_replicas_are_added_and_removed_and_nothing_is_lost(
    cluster: NatsCluster, web: Bus
) -> None:
    """It begins before the nodes have found each other."""
    await declare_when_ready(web.jetstream, 1)
    async with open_bus(cluster.server.url("ai"), name="test-ai") as ai:
        await ai.publish(text_subject(7), b"kept", "1")
        await web.publish("ai.jobs.7", b"kept", "2")
        created = (await web.jetstream.stream_info(AI_TEXT)).created
        for replicas in (3, 1):
            await declare_when_ready(web.jetstream, replicas)
            await _until_copies(web, replicas)
            await _until_kept(ai)
    assert (await web.jetstream.stream_info(AI_TEXT)).created == created
    assert (await web.jetstream.consumer_info("AI_JOBS", "ai")).num_pending == 1


async def test_a_backup_moves_between_one_node_and_three(web: Bus, web_bus: Bus) -> None:
    await declare_when_ready(web.jetstream, 3)
    await web_bus.publish("ai.jobs.8", b"moved", "moved")
    for source, target, replicas in ((web_bus, web, 3), (web, web_bus, 1)):
        archive = io.BytesIO()
        await snapshot_bus(source, archive, schema_version="0008")
        archive.seek(0)
        await restore_bus(target, archive, schema_version="0008", replace=True, replicas=replicas)
        await _until_copies(target, replicas)
        assert (await target.jetstream.get_msg("AI_JOBS", seq=1)).data == b"moved"
        assert (await target.jetstream.consumer_info("AI_JOBS", "ai")).num_pending == 1


async def test_too_few_nodes_are_reported(web: Bus, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream_management, "NODES_SECONDS", 0.0)
    with pytest.raises(ReplicasError, match=r"5 copies of each stream .* has fewer nodes"):
        await declare_when_ready(web.jetstream, 5)


async def test_a_single_server_is_reported(web_bus: Bus) -> None:
    with pytest.raises(ReplicasError, match=r"3 copies of each stream .* is a single server"):
        await declare_when_ready(web_bus.jetstream, 3)
    await declare_streams(web_bus.jetstream)


async def test_any_node_will_do(cluster: NatsCluster, web: Bus) -> None:
    """A server that cannot be reached does not prevent a connection to another."""
    await declare_when_ready(web.jetstream, 3)
    nowhere = "nats://{}:{}@127.0.0.1:1".format("web", cluster.server.passwords["web"])
    for attempt in range(4):
        url = f"{nowhere}, {cluster.url_of(cluster.nodes[attempt % 3], 'web')}"
        async with open_bus(url, name="test-any", patient=False) as bus:
            await bus.publish("turbo_stream.chat_1", b"x", f"any-{attempt}")
    assert (await web.jetstream.stream_info(TURBO_STREAM)).state.messages == 4


async def test_a_client_of_a_node_that_ends_goes_on_at_another(
    cluster: NatsCluster, web: Bus
) -> None:
    await declare_when_ready(web.jetstream, 3)
    async with open_bus(cluster.server.url("web"), name="test-moves") as bus:
        left = bus.client.connected_url
        assert left is not None
        node = cluster.node_at(left.port)
        await asyncio.to_thread(node.end)
        await bus.publish("turbo_stream.chat_9", b"x", "moved")
        assert bus.client.connected_url != left
        node.begin()


async def _until_kept(bus: Bus) -> None:
    async def is_kept() -> bool:
        with suppress(BusAwayError):
            kept = await read_all(bus, AI_TEXT, text_subject(7))
            assert [message.payload for message in kept] == [b"kept"]
            return True
        return False

    await until(is_kept)


async def _until_copies(bus: Bus, count: int) -> None:
    """Wait: a cluster takes its time to add or remove replicas."""

    async def are_there() -> bool:
        with suppress(*CONNECTION_FAULTS):
            return await _copies(bus) == {count}
        return False

    await until(are_there)


async def _copies(bus: Bus) -> set[int | None]:
    infos = [await bus.jetstream.stream_info(name) for name in NAMES]
    told = {info.config.num_replicas for info in infos}
    for stream, consumer in CONSUMERS:
        found = await bus.jetstream.consumer_info(stream, str(consumer.durable_name))
        told.add(1 + len((found.cluster and found.cluster.replicas) or []))
    return told
