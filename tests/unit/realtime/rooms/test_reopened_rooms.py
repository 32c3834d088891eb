"""Rooms that are opened again while their ring or a read of theirs is still there."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from services.realtime.rooms.hub import LINGER_SECONDS, Hub
from services.realtime.rooms.readiness import Readiness
from services.realtime.rooms.resume import missed_since
from services.realtime.rooms.room import Room
from services.shared.bus.position import Cursor
from tests.support.hub_parts import Ear
from tests.support.sockets import element
from tests.unit.realtime.by_clock import by_clock
from tests.unit.realtime.rooms.test_readiness import ONE, hub_over, store
from tests.unit.realtime.stream_model import StreamModel

TICK = 0.01


async def come(hub: Hub, since: Cursor) -> tuple[Room, Ear]:
    ear = Ear()
    async with hub.visiting(ONE) as room:
        missed = await missed_since(room, hub.history, since)
        ear.deliver(missed.publications, b"")
        room.attach(ear, missed.since)
    await asyncio.sleep(TICK)
    return room, ear


@asynccontextmanager
async def visited(model: StreamModel, count: int) -> AsyncIterator[tuple[Hub, Room, Ear]]:
    """Run a hub in which a listener has had `count` publications."""
    async with asyncio.TaskGroup() as tasks:
        hub = hub_over(model, tasks)
        await Readiness(0).resync(hub)
        room, ear = await come(hub, model.head)
        store(model, ONE, count)
        await asyncio.sleep(TICK)
        yield hub, room, ear


async def close(hub: Hub, room: Room, ear: Ear) -> None:
    hub.leave(room, ear)
    await asyncio.sleep(LINGER_SECONDS + TICK)
    await hub.close_empty_rooms()
    assert room.closed


@by_clock
async def test_a_client_that_has_everything_is_sent_nothing_whatever_the_ring_kept() -> None:
    """Messages that another gateway delivered may have left the stream meanwhile."""
    model = StreamModel()
    async with visited(model, 3) as (hub, room, ear):
        await close(hub, room, ear)
        store(model, ONE, 10)
        model.expire(8)
        _, back = await come(hub, model.head)
        assert back.texts() == []
        store(model, ONE, 1)
        await asyncio.sleep(TICK)
        assert back.texts() == [element("14")]


@by_clock
async def test_a_client_that_missed_something_is_sent_it_whatever_the_ring_kept() -> None:
    model = StreamModel()
    async with visited(model, 3) as (hub, room, ear):
        await close(hub, room, ear)
        since = model.head
        store(model, ONE, 3)
        for _ in range(2):
            _, back = await come(hub, since)
            assert back.texts() == [element(str(number)) for number in (4, 5, 6)]


@by_clock
async def test_a_ring_is_served_although_the_stream_has_nothing_of_it_any_more() -> None:
    model = StreamModel()
    async with visited(model, 3) as (hub, room, ear):
        since = Cursor(model.head.epoch, 1)
        await close(hub, room, ear)
        model.expire(3)
        _, back = await come(hub, since)
        assert back.texts() == [element("2"), element("3")]


@by_clock
async def test_a_read_of_a_closed_room_does_not_disturb_the_next_room() -> None:
    model = StreamModel()
    async with visited(model, 1) as (hub, room, ear):
        since = model.head
        model.read_steps = 50
        model.store(ONE, element("2").encode(), is_lost=True)
        hub.leave(room, ear)
        hub.empty_since[ONE] -= LINGER_SECONDS
        store(model, ONE, 1)
        await asyncio.sleep(0)
        assert room.catching_up
        await hub.close_empty_rooms()
        assert room.closed
        _, back = await come(hub, since)
        await asyncio.sleep(TICK)
        assert back.texts() == [element("2"), element("3")]
        store(model, ONE, 1)
        await asyncio.sleep(TICK)
        assert back.texts()[2:] == [element("4")]


@by_clock
async def test_a_room_is_not_closed_while_a_client_comes_in() -> None:
    async with visited(StreamModel(), 1) as (hub, room, ear):
        hub.leave(room, ear)
        await asyncio.sleep(LINGER_SECONDS + TICK)
        async with hub.visiting(ONE) as entered:
            await hub.close_empty_rooms()
            assert entered is room
            assert not room.closed
