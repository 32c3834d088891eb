"""Reads of a replica that is behind: right, or asked again, or raised as an absent bus."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from services.realtime.metrics import GatewayMetrics
from services.realtime.nats_reading import jetstream_reader
from services.realtime.nats_reading.direct_get import StoredPublication
from services.realtime.nats_reading.jetstream_reader import JetStreamReader
from services.realtime.rooms.history import History
from services.realtime.rooms.resume import missed_since
from services.realtime.rooms.ring import Ring, Rings
from services.realtime.rooms.room import Room
from services.shared.bus.errors import BusAwayError
from services.shared.bus.position import Cursor
from services.shared.bus.subjects import TURBO_STREAM, check_group, turbo_stream_subject
from tests.support.lagging_stream import LaggingStream, lagging
from tests.support.sockets import element

ONE, OTHER, SILENT = (check_group(f"chat_{number}") for number in (1, 2, 3))
PLENTY = 1024 * 1024

type Played = tuple[JetStreamReader, LaggingStream]


@pytest_asyncio.fixture
async def played() -> AsyncIterator[Played]:
    """Numbers 1, 2 and 4 are of one group, 3 and 5 of another."""
    async with lagging(TURBO_STREAM) as (bus, stream):
        for group in (ONE, ONE, OTHER, ONE, OTHER):
            stream.store(turbo_stream_subject(group), b"x")
        reader = JetStreamReader(bus.client)
        await reader.open()
        yield reader, stream


async def test_heads_are_right_wherever_the_replica_is(played: Played) -> None:
    reader, stream = played
    groups = (ONE, OTHER, SILENT)
    for copied in range(6):
        stream.copied, stream.catches_up_by = copied, 1
        assert await reader.heads(groups) == {ONE: 4, OTHER: 5}, copied
        stream.copied, stream.catches_up_by = copied, 2
        heads = await asyncio.gather(*(reader.head_of(group) for group in groups))
        assert heads == [4, 5, 0], copied


async def test_a_replica_that_stays_behind_gives_no_head(
    played: Played, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jetstream_reader, "ATTEMPTS", 3)
    reader, stream = played
    for stream.copied in range(5):
        with pytest.raises(BusAwayError):
            await reader.heads([ONE, SILENT])
    stream.copied = 5
    assert await reader.heads([SILENT]) == {}


async def test_what_is_known_to_be_there_is_read_from_the_leader(played: Played) -> None:
    reader, stream = played
    whole = [StoredPublication(number, ONE, b"x") for number in (1, 2, 4)]
    for stream.copied in range(6):
        assert await reader.read(ONE, 0, limit=PLENTY, reach=4) == whole, stream.copied
        assert await reader.read(ONE, 2, limit=PLENTY, reach=4) == whole[2:], stream.copied
        assert await reader.read(ONE, 0, limit=2, reach=4) is None, stream.copied
    stream.copied = 4
    asked = stream.asked["leader"]
    await reader.read(ONE, 0, limit=PLENTY, reach=4)
    assert stream.asked["leader"] == asked


async def test_a_client_that_comes_back_misses_nothing_though_the_leader_was_deposed(
    played: Played,
) -> None:
    reader, stream = played
    stream.store(turbo_stream_subject(ONE), element("the last").encode())
    bounds = await reader.bounds()
    history = History(reader, Rings(PLENTY, PLENTY), GatewayMetrics(), PLENTY)
    history.epoch, history.last_seen = bounds.epoch, bounds.last_sequence
    room = Room(ONE, history, lambda _room: None)
    room.start(Ring(6), 6)
    stream.copied, stream.deposed = 5, 1
    missed = await missed_since(room, history, Cursor(bounds.epoch, 5))
    assert [publication.sequence for publication in missed.publications] == [6]
