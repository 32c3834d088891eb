"""Restoring into a cluster that takes nodes for down, as it does just after its start."""

import json
from collections.abc import AsyncIterator

import pytest
from nats.aio.msg import Msg

from services.shared.bus.connection import Bus, open_bus
from services.shared.bus.snapshots import restore
from services.shared.bus.snapshots.protocol import NoPlaceError, StreamRecord
from services.shared.bus.snapshots.restore import restore_snapshot
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


async def _play(bus: Bus, refusals: int) -> list[bytes]:
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


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(restore, "PLACE_RETRY_SECONDS", 0.0)


async def test_a_restore_is_tried_until_all_nodes_are_up() -> None:
    with server_without_jetstream() as url:
        async with open_bus(url, name="cluster") as cluster, open_bus(url, name="web") as web:
            taken = await _play(cluster, refusals=2)
            await restore_snapshot(web.client, RECORD, _one())
    assert taken == [b"chunk", b""]


async def test_a_restore_is_given_up_in_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(restore, "PLACE_TRIES", 2)
    with server_without_jetstream() as url:
        async with open_bus(url, name="cluster") as cluster, open_bus(url, name="web") as web:
            await _play(cluster, refusals=2)
            with pytest.raises(NoPlaceError, match="no suitable peers"):
                await restore_snapshot(web.client, RECORD, _one())
