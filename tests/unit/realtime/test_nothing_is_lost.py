"""Under any sequence of faults each client renders what was published, in order, once.

A client is a page: it reads a position, then the rows, then connects; it comes back with the cursor
of the last frame that it saw; told to refresh, it reads position and rows again.
"""

import asyncio
import re
from collections.abc import Awaitable
from dataclasses import dataclass, field
from typing import cast, override

from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from nats.aio.client import Client

from services.realtime.admission.gatekeeper import Admission
from services.realtime.close_codes import TOO_SLOW, CloseReason
from services.realtime.metrics import GatewayMetrics
from services.realtime.nats_reading.jetstream_reader import JetStreamReader
from services.realtime.rooms.head_check import HeadCheck
from services.realtime.rooms.history import History
from services.realtime.rooms.hub import Hub
from services.realtime.rooms.publication import Publication
from services.realtime.rooms.readiness import Readiness
from services.realtime.rooms.resume import missed_since
from services.realtime.rooms.ring import Rings
from services.realtime.rooms.room import Room
from services.shared.bus.position import Cursor
from services.shared.bus.subjects import Group, check_group
from tests.support.sockets import element
from tests.support.waiting import until
from tests.unit.realtime.stream_model import StreamModel

GROUPS = [check_group(f"chat_{number}") for number in range(2)]
CLIENTS = range(3)
ALL_GONE = 10_000
NUMBER = re.compile(rb"<template>(\d+)</template>")
MARK = re.compile(rb'data-cursor="([^"]+)"')
REFRESH = b'action="refresh"'

groups = st.sampled_from(GROUPS)
clients = st.sampled_from(CLIENTS)


@dataclass(eq=False)
class Page:
    """One page of one group; nothing here reads its `admission`."""

    group: Group
    rows: list[int]
    cursor: Cursor
    admission: Admission = field(default_factory=lambda: cast("Admission", None))
    room: Room | None = None
    is_stuck: bool = False
    wants_refresh: bool = False
    was_doubled: bool = False
    read_with_page: frozenset[int] = frozenset()

    def __post_init__(self) -> None:
        self.read_with_page = frozenset(self.rows)

    def deliver(self, publications: list[Publication], frames: bytes) -> None:
        assert frames == b"".join(publication.frame for publication in publications)
        if self.is_stuck:
            self.end(TOO_SLOW)
            return
        for publication in publications:
            self._render(publication.html)

    def end(self, _ending: CloseReason) -> None:
        assert self.room is not None
        self.room.leave(self)
        self.room = None

    def _render(self, html: bytes) -> None:
        mark = MARK.search(html)
        assert mark is not None
        cursor = Cursor.parse(mark[1].decode())
        if REFRESH in html:
            self.wants_refresh = True
        elif cursor.epoch != self.cursor.epoch or cursor.sequence > self.cursor.sequence:
            number = NUMBER.search(html)
            assert number is not None
            self._append(int(number[1]))
        else:
            self.was_doubled = True
        self.cursor = cursor

    def _append(self, number: int) -> None:
        """Append a row, unless the page has it already: rows have ids."""
        if number not in self.read_with_page:
            self.rows.append(number)


class Gateway:
    """A gateway's own parts over the model, without its timers."""

    def __init__(self, model: StreamModel, tasks: asyncio.TaskGroup, ring_bytes: int) -> None:
        client, jetstream = cast("Client", model), cast("JetStreamReader", model)
        rings = Rings(ring_bytes, ring_bytes)
        self.history = History(jetstream, rings, GatewayMetrics(), max_missed_bytes=2000)
        self.hub = Hub(client, self.history, tasks)
        self.readiness = Readiness(warm_seconds=1)
        self.head_check = HeadCheck(self.hub, self.readiness.lose)

    async def admit(self, page: Page) -> None:
        async with self.hub.visiting(page.group) as room:
            missed = await missed_since(room, self.history, page.cursor)
            page.room = room
            page.is_stuck = False
            page.deliver(missed.publications, b"".join(p.frame for p in missed.publications))
            room.attach(page, missed.since)


class EveryFault(RuleBasedStateMachine):
    """Publishing, dropping, coming back, evicting, restarting, expiring, losing, being slow."""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.model = StreamModel()
        self.published: dict[Group, list[int]] = {group: [] for group in GROUPS}
        self.pages: dict[int, Page] = {}
        self.tasks = asyncio.TaskGroup()
        self.run(self.tasks.__aenter__())

    def run[T](self, work: Awaitable[T]) -> T:
        async def and_settle() -> T:
            result = await work
            for _ in range(5):
                await asyncio.sleep(0)
            return result

        return self.runner.run(and_settle())

    @initialize(ring_bytes=st.sampled_from([0, 700, 1500, 100_000]))
    def start(self, ring_bytes: int) -> None:
        self.ring_bytes = ring_bytes
        self.start_gateway()

    @rule(group=groups, count=st.integers(1, 4), lost=st.sets(st.integers(0, 3)))
    def publish(self, group: Group, count: int, lost: set[int]) -> None:
        self.run(self.store(group, count, lost))

    @rule(client=clients, group=groups, between=st.integers(0, 3))
    def open_page(self, client: int, group: Group, between: int) -> None:
        """Publications come between the position, the rows and the connection."""
        self.drop(client)
        cursor = self.model.head
        self.run(self.store(group, between, set()))
        page = Page(group, list(self.published[group]), cursor)
        self.run(self.store(group, between, set()))
        self.pages[client] = page
        self.come_back(client)

    @rule(client=clients)
    def drop(self, client: int) -> None:
        page = self.pages.get(client)
        if page is not None and page.room is not None:
            self.gateway.hub.leave(page.room, page)
            page.room = None

    @rule(client=clients)
    def come_back(self, client: int) -> None:
        page = self.pages.get(client)
        if page is None or page.room is not None or not self.gateway.history.is_in_sync:
            return
        if self.model.is_connected:
            self.run(self.gateway.admit(page))

    @rule(client=clients)
    def be_slow(self, client: int) -> None:
        if client in self.pages:
            self.pages[client].is_stuck = True

    @rule(limit=st.sampled_from([0, 500]))
    def evict(self, limit: int) -> None:
        self.gateway.history.rings.shrink(limit)

    @rule(count=st.sampled_from([1, 3, ALL_GONE]))
    def expire(self, count: int) -> None:
        """Messages live for minutes: connected gateways have compared heads by then."""
        if self.gateway.history.is_in_sync and self.model.is_connected:
            self.run(self.gateway.hub.compare(GROUPS, "head"))
        self.model.expire(count)

    @rule()
    def read_slowly(self) -> None:
        """A room may be closed and opened again before its read ends."""
        self.model.read_steps = 20

    @rule()
    def close_rooms_that_were_left(self) -> None:
        hub = self.gateway.hub
        for group in hub.empty_since:
            hub.empty_since[group] = float("-inf")
        self.run(hub.close_empty_rooms())

    @rule()
    def restart_gateway(self) -> None:
        for client in self.pages:
            self.drop(client)
        self.model.subscriptions.clear()
        self.start_gateway()

    @rule()
    def lose_bus(self) -> None:
        self.model.is_connected = False
        self.gateway.readiness.lose()

    @rule(is_new=st.booleans(), group=groups, early=st.integers(0, 2))
    def regain_bus(self, is_new: bool, group: Group = GROUPS[0], early: int = 0) -> None:
        """Messages may come before the gateway has compared itself with the stream."""
        if self.model.is_connected:
            return
        self.model.is_connected = True
        if is_new:
            self.model.make_anew()
        self.run(self.store(group, early, set()))
        self.gateway.readiness.lose()
        self.run(self.gateway.readiness.resync(self.gateway.hub))

    @rule()
    def make_stream_anew(self) -> None:
        if self.model.is_connected:
            self.model.make_anew()
            self.check_heads()

    @rule()
    def check_heads(self) -> None:
        if self.model.is_connected and self.gateway.history.is_in_sync:
            self.run(self.gateway.head_check.check())

    @rule(client=clients)
    def load_again(self, client: int) -> None:
        """Refresh a page: it reads its rows anew, and goes on from their position."""
        page = self.pages.get(client)
        if page is not None and page.wants_refresh:
            self.drop(client)
            self.pages[client] = Page(page.group, list(self.published[page.group]), self.model.head)
            self.come_back(client)

    @invariant()
    def nothing_is_doubled_or_out_of_order(self) -> None:
        for page in self.pages.values():
            assert not page.was_doubled
            if not page.wants_refresh:
                assert page.rows == self.published[page.group][: len(page.rows)]

    @override
    def teardown(self) -> None:
        """Once every fault is over, each page has everything."""
        try:
            self.end_every_fault()
        finally:
            self.run(self.tasks.__aexit__(None, None, None))
            self.runner.close()

    def end_every_fault(self) -> None:
        self.model.read_steps = 0
        self.regain_bus(is_new=False)
        self.run(self.end_catching_up())
        for _ in range(2):
            for client in self.pages:
                self.load_again(client)
                self.come_back(client)
            self.check_heads()
            self.gateway.history.recent.update(GROUPS)
        for client in self.pages:
            self.load_again(client)
            page = self.pages[client]
            assert page.rows == self.published[page.group]

    async def end_catching_up(self) -> None:
        """Wait for rooms that retry after the bus was away."""

        async def is_over() -> bool:
            return not any(room.catching_up for room in self.gateway.hub.rooms.values())

        await until(is_over)

    async def store(self, group: Group, count: int, lost: set[int]) -> None:
        for index in range(count):
            number = sum(map(len, self.published.values()))
            self.published[group].append(number)
            self.model.store(group, element(str(number)).encode(), is_lost=index in lost)

    def start_gateway(self) -> None:
        self.gateway = self.run(self.make_gateway())
        if self.model.is_connected:
            self.run(self.gateway.readiness.resync(self.gateway.hub))

    async def make_gateway(self) -> Gateway:
        return Gateway(self.model, self.tasks, self.ring_bytes)


test_every_client_renders_what_was_published_in_order_once = EveryFault.TestCase
test_every_client_renders_what_was_published_in_order_once.settings = hypothesis_settings(
    max_examples=50, stateful_step_count=40, deadline=None
)
