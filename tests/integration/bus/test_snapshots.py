"""Restoring a stream from its snapshot; a failed restore leaves nothing."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterable
from random import Random
from typing import Any

import nats.js.errors
import pytest
from nats.aio.client import Client

import services.shared.bus.snapshots.take
from deploy.local.nats_server import NatsServer
from services.shared.bus.connection import Bus, open_bus
from services.shared.bus.snapshots.protocol import CHUNK_BYTES, SnapshotError, StreamRecord
from services.shared.bus.snapshots.restore import restore_snapshot
from services.shared.bus.snapshots.take import WINDOW_BYTES, snapshot_of
from services.shared.bus.stored_messages import read_all
from services.shared.bus.stream_management import declare_streams
from services.shared.bus.subjects import (
    AI_JOBS,
    AI_JOBS_CONSUMER,
    AI_STOPS,
    AI_STOPS_SUBJECTS,
    AI_TEXT,
    AI_TEXT_SUBJECTS,
    TURBO_STREAM,
)
from services.shared.bus.work_queue import taking
from tests.support.outages import Outage

type Taken = tuple[StreamRecord, list[bytes]]


async def taken(client: Client, stream: str) -> Taken:
    async with snapshot_of(client, stream) as snapshot:
        return snapshot.record, [chunk async for chunk in snapshot.chunks]


async def each(chunks: Iterable[bytes]) -> AsyncIterator[bytes]:
    for chunk in chunks:
        yield chunk


async def renewed(bus: Bus, stream: str) -> None:
    """Delete a stream and restore it from the snapshot that was taken before."""
    record, chunks = await taken(bus.client, stream)
    await bus.jetstream.delete_stream(stream)
    await restore_snapshot(bus.client, record, each(chunks))


async def info(client: Client, stream: str, **question: str) -> dict[str, Any]:
    payload = json.dumps(question).encode() if question else b""
    reply = await client.request(f"$JS.API.STREAM.INFO.{stream}", payload, timeout=30)
    answer: dict[str, Any] = json.loads(reply.data)
    return answer


async def is_there(bus: Bus, stream: str) -> bool:
    try:
        await bus.jetstream.stream_info(stream)
    except nats.js.errors.NotFoundError:
        return False
    return True


async def fill(bus: Bus, count: int, size: int) -> None:
    """Store `count` entries of `size` bytes that no compression makes smaller."""
    random = Random(size)  # noqa: S311 - the same bytes every time
    for begin in range(0, count, 200):
        await asyncio.gather(
            *(
                bus.publish(f"ai.text.{number % 500 + 1}", random.randbytes(size), f"text-{number}")
                for number in range(begin, min(begin + 200, count))
            )
        )


async def test_every_message_comes_back_under_its_number_with_its_headers(
    web_bus: Bus, ai_bus: Bus
) -> None:
    await fill(ai_bus, 3000, 8000)
    for sequence in (1, 17, 400, 3000):
        await web_bus.jetstream.delete_msg(AI_TEXT, sequence)
    before = await read_all(web_bus, AI_TEXT, AI_TEXT_SUBJECTS)
    counts = (await info(web_bus.client, AI_TEXT, subjects_filter=">"))["state"]
    record, chunks = await taken(web_bus.client, AI_TEXT)
    assert sum(map(len, chunks)) > 3 * WINDOW_BYTES
    await web_bus.jetstream.delete_stream(AI_TEXT)
    await restore_snapshot(web_bus.client, record, each(chunks))
    assert await read_all(web_bus, AI_TEXT, AI_TEXT_SUBJECTS) == before
    after = (await info(web_bus.client, AI_TEXT, subjects_filter=">"))["state"]
    for name in ("messages", "first_seq", "last_seq", "num_subjects", "subjects"):
        assert after[name] == counts[name], name
    assert (await ai_bus.publish("ai.text.1", b"next", "next")).seq == 3001


async def test_it_holds_no_more_in_memory_than_the_window(web_bus: Bus, ai_bus: Bus) -> None:
    await fill(ai_bus, 2000, 8000)
    record = (await info(web_bus.client, AI_TEXT))["state"]
    assert record["bytes"] > 3 * WINDOW_BYTES
    async with snapshot_of(web_bus.client, AI_TEXT) as snapshot:
        # Without acks the server sends no more than the window.
        await anext(snapshot.chunks)
        await asyncio.sleep(0.3)
        before = web_bus.client.stats["in_bytes"]
        await asyncio.sleep(0.3)
        assert web_bus.client.stats["in_bytes"] == before
        assert before < WINDOW_BYTES + 2 * CHUNK_BYTES + 100_000


async def test_an_empty_stream_comes_back_and_a_purged_one_keeps_its_numbers(
    web_bus: Bus, ai_bus: Bus
) -> None:
    await renewed(web_bus, AI_TEXT)
    await fill(ai_bus, 20, 10)
    await web_bus.jetstream.purge_stream(AI_TEXT)
    await renewed(web_bus, AI_TEXT)
    assert (await ai_bus.publish("ai.text.1", b"next", "next")).seq == 21


async def test_configuration_comes_back(web_bus: Bus) -> None:
    for stream in (AI_TEXT, AI_JOBS, AI_STOPS, TURBO_STREAM):
        before = (await info(web_bus.client, stream))["config"]
        await renewed(web_bus, stream)
        assert (await info(web_bus.client, stream))["config"] == before


async def test_a_writer_is_fenced_by_the_numbers_of_before(web_bus: Bus, ai_bus: Bus) -> None:
    for number in range(3):
        await ai_bus.publish_after(number, "ai.text.1", b"x", f"entry-{number}")
    await renewed(web_bus, AI_TEXT)
    with pytest.raises(Exception, match="not the next"):
        await ai_bus.publish_after(2, "ai.text.1", b"x", "behind an older one")
    assert (await ai_bus.publish_after(3, "ai.text.1", b"x", "next")).seq == 4


async def test_keys_come_back(web_bus: Bus) -> None:
    for number in (1, 2):
        await web_bus.publish(AI_STOPS_SUBJECTS.replace("*", "7"), b"%d" % number, f"id-{number}")
    await renewed(web_bus, AI_STOPS)
    (stop,) = await read_all(web_bus, AI_STOPS, AI_STOPS_SUBJECTS)
    assert (stop.sequence, stop.payload) == (2, b"2")


async def test_a_job_in_hand_is_delivered_again_and_one_that_is_done_is_not(
    web_bus: Bus, ai_bus: Bus
) -> None:
    for number in (1, 2, 3):
        await web_bus.publish(f"ai.jobs.{number}", b"%d" % number, f"job-{number}")
    async with taking(ai_bus, stream=AI_JOBS, consumer=AI_JOBS_CONSUMER) as jobs:
        await (await jobs.next()).ack_sync()
        assert (await jobs.next()).data == b"2"
    await renewed(web_bus, AI_JOBS)
    delivered = {}
    async with taking(ai_bus, stream=AI_JOBS, consumer=AI_JOBS_CONSUMER) as jobs:
        for _ in range(2):
            job = await jobs.next()
            await job.ack_sync()
            delivered[job.data] = (job.metadata.sequence.stream, job.metadata.num_delivered)
    assert delivered == {b"2": (2, 2), b"3": (3, 1)}
    assert (await info(web_bus.client, AI_JOBS))["state"]["messages"] == 0


async def test_message_ids_are_known_again_after_a_restart(outage: Outage) -> None:
    async with open_bus(outage.server.url("web"), name="test-web") as bus:
        await declare_streams(bus.jetstream)
        await bus.publish("ai.jobs.1", b"x", "job-1")
        await renewed(bus, AI_JOBS)
        await asyncio.to_thread(outage.begin)
        await asyncio.to_thread(outage.end)
        assert (await bus.publish("ai.jobs.1", b"x", "job-1")).duplicate


async def test_restored_messages_are_not_republished(nats_server: NatsServer, web_bus: Bus) -> None:
    for number in range(10):
        await web_bus.publish("turbo_stream.chat_1", b"x", f"stream-{number}")
    async with open_bus(nats_server.url("realtime"), name="test-realtime") as listening:
        heard = await listening.client.subscribe("live.turbo_stream.>")
        await listening.client.flush()
        await renewed(web_bus, TURBO_STREAM)
        await web_bus.publish("turbo_stream.chat_1", b"new", "stream-new")
        message = await heard.next_msg(timeout=30)
    assert message.data == b"new"
    assert (message.headers or {})["Nats-Sequence"] == "11"


async def test_an_existing_stream_is_left_alone(web_bus: Bus, ai_bus: Bus) -> None:
    await fill(ai_bus, 5, 10)
    record, chunks = await taken(web_bus.client, AI_TEXT)
    await ai_bus.publish("ai.text.1", b"newer", "newer")
    with pytest.raises(SnapshotError, match="name already in use"):
        await restore_snapshot(web_bus.client, record, each(chunks))
    assert (await info(web_bus.client, AI_TEXT))["state"]["messages"] == 6


async def test_a_missing_stream_has_no_snapshot(web_bus: Bus) -> None:
    with pytest.raises(SnapshotError, match="stream not found"):
        await taken(web_bus.client, "OTHER")


async def test_a_damaged_snapshot_leaves_nothing(web_bus: Bus, ai_bus: Bus) -> None:
    await fill(ai_bus, 300, 8000)
    record, chunks = await taken(web_bus.client, AI_TEXT)
    data = b"".join(chunks)
    half = len(data) // 2
    flipped = data[:half] + bytes([data[half] ^ 1]) + data[half + 1 :]
    cuts = [data[: int(len(data) * share)] for share in (0.0, 0.5, 0.999)]
    await web_bus.jetstream.delete_stream(AI_TEXT)
    for damaged in (*cuts, flipped, b"something else" * 1000):
        with pytest.raises(SnapshotError):
            await restore_snapshot(web_bus.client, record, each([damaged]))
        assert not await is_there(web_bus, AI_TEXT)
    await restore_snapshot(web_bus.client, record, each([data]))
    assert (await info(web_bus.client, AI_TEXT))["state"]["messages"] == 300


async def test_a_source_that_fails_halfway_leaves_nothing(web_bus: Bus, ai_bus: Bus) -> None:
    await fill(ai_bus, 300, 8000)
    record, chunks = await taken(web_bus.client, AI_TEXT)

    async def failing() -> AsyncIterator[bytes]:
        for chunk in chunks[: len(chunks) // 2]:
            yield chunk
        raise OSError("the disk is gone")

    await web_bus.jetstream.delete_stream(AI_TEXT)
    with pytest.raises(OSError, match="the disk is gone"):
        await restore_snapshot(web_bus.client, record, failing())
    assert not await is_there(web_bus, AI_TEXT)


async def test_a_restore_that_is_cancelled_leaves_nothing(web_bus: Bus, ai_bus: Bus) -> None:
    await fill(ai_bus, 300, 8000)
    record, chunks = await taken(web_bus.client, AI_TEXT)
    halfway = asyncio.Event()

    async def hanging() -> AsyncIterator[bytes]:
        for chunk in chunks[: len(chunks) // 2]:
            yield chunk
        halfway.set()
        await asyncio.Event().wait()

    await web_bus.jetstream.delete_stream(AI_TEXT)
    async with asyncio.TaskGroup() as tasks:
        restoring = tasks.create_task(restore_snapshot(web_bus.client, record, hanging()))
        await halfway.wait()
        restoring.cancel()
    assert not await is_there(web_bus, AI_TEXT)


async def test_a_snapshot_ends_where_the_server_goes(
    outage: Outage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services.shared.bus.snapshots.take, "SILENCE_SECONDS", 0.3)
    async with (
        open_bus(outage.server.url("web"), name="test-web") as bus,
        open_bus(outage.server.url("ai"), name="test-ai") as ai,
    ):
        await declare_streams(bus.jetstream)
        await fill(ai, 2000, 8000)
        async with snapshot_of(bus.client, AI_TEXT) as snapshot:
            await anext(snapshot.chunks)
            outage.server.child.kill()
            with pytest.raises(SnapshotError):
                async for _ in snapshot.chunks:
                    pass
