"""Faults while a gateway synchronises with the stream, or while a client waits for it."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import cast, override

import pytest
from nats.aio.client import Client

from services.realtime.metrics import GatewayMetrics
from services.realtime.nats_reading.direct_get import StoredPublication
from services.realtime.nats_reading.jetstream_reader import JetStreamReader
from services.realtime.rooms.head_check import HeadCheck
from services.realtime.rooms.history import History
from services.realtime.rooms.hub import PAUSE_SECONDS, Hub
from services.realtime.rooms.publication import memory, stamp
from services.realtime.rooms.readiness import Readiness
from services.realtime.rooms.resume import missed_since
from services.realtime.rooms.ring import Rings
from services.realtime.rooms.room import Room
from services.shared.bus.errors import BusAwayError
from services.shared.bus.position import Cursor, StreamBounds
from services.shared.bus.subjects import Group, check_group
from tests.support.clock_loop import run_by_clock
from tests.support.hub_parts import Ear
from tests.support.sockets import element
from tests.unit.realtime.by_clock import by_clock
from tests.unit.realtime.stream_model import StreamModel

ONE, OTHER = check_group("chat_1"), check_group("chat_2")
MEGABYTE = 1024 * 1024
REFRESH = '<turbo-stream action="refresh" method="morph" scroll="preserve"></turbo-stream>'


@dataclass
class Troubled(StreamModel):
    """A stream that fails while it is read."""

    tails_cut: int = 0
    bounds_broken: int = 0

    @override
    async def tail(self, _seconds: float) -> AsyncIterator[list[StoredPublication]]:
        if self.stored:
            yield self.stored[:3]
        if self.tails_cut:
            self.tails_cut -= 1
            raise BusAwayError("cut off")
        if len(self.stored) > 3:
            yield self.stored[3:]

    @override
    async def bounds(self) -> StreamBounds:
        if self.bounds_broken:
            self.bounds_broken -= 1
            raise LookupError("a fault of ours")
        return await super().bounds()


def hub_over(model: StreamModel, tasks: asyncio.TaskGroup, ring_bytes: int = MEGABYTE) -> Hub:
    rings = Rings(ring_bytes, ring_bytes)
    history = History(cast("JetStreamReader", model), rings, GatewayMetrics(), MEGABYTE)
    return Hub(cast("Client", model), history, tasks)


def store(model: StreamModel, group: Group, count: int) -> None:
    for _ in range(count):
        model.store(group, element(str(model.last + 1)).encode(), is_lost=False)


@by_clock
async def test_a_start_that_was_cut_off_leaves_no_hole_in_memory() -> None:
    """What the first attempt read has expired before the second: a gap lies between."""
    model = Troubled(tails_cut=1)
    store(model, ONE, 4)
    async with asyncio.TaskGroup() as tasks:
        hub, readiness = hub_over(model, tasks), Readiness(120)
        with pytest.raises(BusAwayError):
            await readiness.resync(hub)
        model.expire(4)
        store(model, ONE, 4)
        await readiness.resync(hub)
        ring = hub.history.rings.find(ONE)
        assert ring is not None
        assert ring.floor == 4
        assert [publication.sequence for publication in ring.after(4)] == [5, 6, 7, 8]


@by_clock
async def test_after_a_fault_of_its_own_it_looks_again() -> None:
    model = Troubled(bounds_broken=1)
    async with asyncio.TaskGroup() as tasks:
        hub, readiness = hub_over(model, tasks), Readiness(0)
        with pytest.raises(LookupError):
            await readiness.run(hub)
        assert not hub.history.is_in_sync
        running = tasks.create_task(readiness.run(hub))
        await asyncio.sleep(1)
        running.cancel()
        assert hub.history.is_in_sync


@by_clock
async def test_nobody_is_let_in_before_what_comes_first_is_known() -> None:
    async with asyncio.TaskGroup() as tasks:
        hub, readiness, tries = hub_over(Troubled(), tasks), Readiness(0), 0

        async def prepare() -> None:
            nonlocal tries
            tries += 1
            assert not hub.history.is_in_sync
            if tries % 3:
                raise BusAwayError("the revocations cannot be read")

        running = tasks.create_task(readiness.run(hub, prepare))
        for expected in (3, 6):
            await asyncio.sleep(10)
            assert hub.history.is_in_sync
            assert tries == expected
            readiness.lose()
        running.cancel()


@pytest.mark.parametrize("lags", [False, True])
def test_a_stream_that_was_put_back_is_noticed_and_one_that_lags_is_not_taken_for_it(
    lags: bool,
) -> None:
    """It is put back before any comparison has seen its newest numbers."""

    async def check() -> None:
        model = Troubled()
        async with asyncio.TaskGroup() as tasks:
            hub, readiness = hub_over(model, tasks), Readiness(0)
            await readiness.resync(hub)
            room = await room_of(hub, ONE)
            store(model, ONE, 6)
            whole, model.stored, model.last = model.stored, model.stored[:3], 3
            finding = tasks.create_task(readiness.resync(hub))
            await asyncio.sleep(PAUSE_SECONDS / 2)
            if lags:
                model.stored, model.last = whole, 6
            await finding
            assert room.ring.last == (6 if lags else 3)
            store(model, ONE, 1)
            assert room.ring.last == model.last
            assert len(room.ring) == (7 if lags else 1)

    run_by_clock(check())


@by_clock
async def test_a_check_that_failed_is_made_up_for_in_every_group_it_was_for() -> None:
    model = Troubled()
    async with asyncio.TaskGroup() as tasks:
        hub = hub_over(model, tasks)
        await Readiness(0).resync(hub)
        rooms = {group: await room_of(hub, group) for group in (ONE, OTHER)}
        head_check = HeadCheck(hub, lambda: None)
        for busy in ({ONE}, {OTHER}):
            hub.history.recent = set(busy)
            model.is_connected = busy == {ONE}
            await head_check.check()
        model.is_connected = True
        model.store(ONE, element("lost").encode(), is_lost=True)
        model.store(OTHER, element("lost").encode(), is_lost=True)
        await head_check.check()
        await asyncio.sleep(1)
        assert [room.ring.last for room in rooms.values()] == [1, 2]


async def room_of(hub: Hub, group: Group) -> Room:
    async with hub.visiting(group) as room:
        return room


@by_clock
async def test_a_client_that_waited_while_the_stream_was_made_anew_is_sent_a_refresh() -> None:
    """Its cursor is of another stream than the one that exists when it is served."""
    model = Troubled()
    store(model, ONE, 9)
    async with asyncio.TaskGroup() as tasks:
        hub = hub_over(model, tasks, ring_bytes=0)
        await Readiness(0).resync(hub)
        room, before = await room_of(hub, ONE), hub.history.epoch
        room.lock = asyncio.Lock()
        async with room.lock:
            missed = [
                tasks.create_task(missed_since(room, hub.history, Cursor(before, number)))
                for number in (0, 8)
            ]
            await asyncio.sleep(0)
            model.make_anew()
            store(model, ONE, 3)
            await hub.compare([ONE], "head")
    for task in missed:
        assert task.result().source == "refresh"


@pytest.mark.parametrize(("gone", "told"), [(1, [element("2"), element("3")]), (2, [REFRESH])])
def test_pages_load_again_only_where_something_they_missed_has_left_the_stream(
    gone: int, told: list[str]
) -> None:
    async def check() -> None:
        model, ear = Troubled(), Ear()
        async with asyncio.TaskGroup() as tasks:
            hub = hub_over(model, tasks)
            await Readiness(0).resync(hub)
            room = await room_of(hub, ONE)
            store(model, ONE, 1)
            room.attach(ear)
            model.store(ONE, element("2").encode(), is_lost=True)
            store(model, ONE, 1)
            model.expire(gone)
            await asyncio.sleep(1)
        assert ear.texts() == told

    run_by_clock(check())


@by_clock
async def test_a_ring_that_made_room_at_the_start_does_not_claim_what_it_lost() -> None:
    model = Troubled()
    for group in (ONE, OTHER, OTHER, ONE):
        store(model, group, 1)
    two = 2 * memory(stamp(model.head.epoch, 1, model.stored[0].payload))
    async with asyncio.TaskGroup() as tasks:
        hub = hub_over(model, tasks, ring_bytes=two)
        await Readiness(120).resync(hub)
    ring = hub.history.rings.find(ONE)
    assert ring is not None
    assert (ring.floor, [publication.sequence for publication in ring.after(1)]) == (1, [4])
