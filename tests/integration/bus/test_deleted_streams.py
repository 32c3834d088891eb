"""Deleting the streams of a cluster that deletes, but does not answer."""

import json
from collections import Counter

import nats.errors
import pytest
from nats.aio.msg import Msg

from services.shared.bus import stream_management
from services.shared.bus.connection import Bus, open_bus
from services.shared.bus.stream_management import delete_streams
from services.shared.bus.streams import STREAMS
from services.shared.bus.subjects import AI_TEXT
from tests.support.lagging_stream import server_without_jetstream
from tests.support.nats import until_read

NAMES = {str(stream.name) for stream in STREAMS}
NOT_FOUND = {"error": {"code": 404, "err_code": 10059, "description": "stream not found"}}


async def _play(bus: Bus, silent: int) -> Counter[str]:
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


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream_management, "DELETE_SECONDS", 0.1)


async def test_a_request_without_an_answer_is_repeated() -> None:
    with server_without_jetstream() as url:
        async with open_bus(url, name="cluster") as cluster, open_bus(url, name="web") as web:
            asked = await _play(cluster, silent=2)
            await delete_streams(web.client)
    assert asked == dict.fromkeys(NAMES, 1) | {AI_TEXT: 3}


async def test_a_deletion_is_given_up_in_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream_management, "DELETE_TRIES", 2)
    with server_without_jetstream() as url:
        async with open_bus(url, name="cluster") as cluster, open_bus(url, name="web") as web:
            asked = await _play(cluster, silent=2)
            with pytest.raises(nats.errors.TimeoutError):
                await delete_streams(web.client)
    assert asked[AI_TEXT] == 2
