"""A cluster that takes nodes for down, as just after its start, or deletes without answering."""

import json
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import nats.errors
import pytest
from nats.aio.msg import Msg

from services.shared.bus import stream_management
from services.shared.bus.connection import Bus, open_bus
from services.shared.bus.snapshots import restore
from services.shared.bus.snapshots.protocol import NoPlaceError, StreamRecord
from services.shared.bus.snapshots.restore import restore_snapshot
from services.shared.bus.stream_management import delete_streams
from services.shared.bus.streams import STREAMS
from services.shared.bus.subjects import AI_TEXT, restore_subject
from tests.support.lagging_stream import server_without_jetstream
from tests.support.nats import until_read

RECORD = StreamRecord(config={"name": AI_TEXT, "num_replicas": 3}, state={"last_seq": 5})
NO_PEERS = {
    "error": {
        "code": 400,
        "err_code": 10005,
        "description": "no suitable peers for placement, peer offline",
    }
}
CHUNKS = "restored.chunks"
NAMES = {str(stream.name) for stream in STREAMS}
NOT_FOUND = {"error": {"code": 404, "err_code": 10059, "description": "stream not found"}}


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(restore, "PLACE_RETRY_SECONDS", 0.0)
    monkeypatch.setattr(stream_management, "DELETE_SECONDS", 0.1)


@asynccontextmanager
async def played() -> AsyncIterator[tuple[Bus, Bus]]:
    """Give the bus of whoever plays the cluster, and the bus of web."""
    with server_without_jetstream() as url:
        async with open_bus(url, name="cluster") as cluster, open_bus(url, name="web") as web:
            yield cluster, web


async def _refuse_restores(bus: Bus, refusals: int) -> list[bytes]:
    """Refuse `refusals` times to begin a restore, then take it; return the received chunks."""
    taken: list[bytes] = []
    left = refusals

    async def begin(message: Msg) -> None:
        nonlocal left
        left -= 1
        answer = NO_PEERS if left >= 0 else {"deliver_subject": CHUNKS}
        await message.respond(json.dumps(answer).encode())

    async def take(message: Msg) -> None:
        taken.append(message.data)
        end = RECORD.model_dump_json().encode()
        await message.respond(b"" if message.data else end)

    await bus.client.subscribe(restore_subject(AI_TEXT), cb=begin)
    await bus.client.subscribe(CHUNKS, cb=take)
    await until_read(bus.client)
    return taken


async def _one() -> AsyncIterator[bytes]:
    yield b"chunk"


async def test_a_restore_is_tried_until_all_nodes_are_up() -> None:
    async with played() as (cluster, web):
        taken = await _refuse_restores(cluster, refusals=2)
        await restore_snapshot(web.client, RECORD, _one())
    assert taken == [b"chunk", b""]


async def test_a_restore_is_given_up_in_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(restore, "PLACE_TRIES", 2)
    async with played() as (cluster, web):
        await _refuse_restores(cluster, refusals=2)
        with pytest.raises(NoPlaceError, match="no suitable peers"):
            await restore_snapshot(web.client, RECORD, _one())


async def _delete(bus: Bus, silent: int) -> Counter[str]:
    """Answer to deletions; for one stream not the first `silent` times."""
    asked: Counter[str] = Counter()

    async def delete(message: Msg) -> None:
        name = message.subject.rpartition(".")[2]
        asked[name] += 1
        if name != AI_TEXT or asked[name] > silent:
            await message.respond(json.dumps(NOT_FOUND).encode())

    await bus.client.subscribe("$JS.API.STREAM.DELETE.*", cb=delete)
    await until_read(bus.client)
    return asked


async def test_a_deletion_without_an_answer_is_repeated() -> None:
    async with played() as (cluster, web):
        asked = await _delete(cluster, silent=2)
        await delete_streams(web.client)
    assert asked == dict.fromkeys(NAMES, 1) | {AI_TEXT: 3}


async def test_a_deletion_is_given_up_in_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream_management, "DELETE_TRIES", 2)
    async with played() as (cluster, web):
        asked = await _delete(cluster, silent=2)
        with pytest.raises(nats.errors.TimeoutError):
            await delete_streams(web.client)
    assert asked[AI_TEXT] == 2
