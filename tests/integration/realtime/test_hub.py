"""Rooms under listeners that come, go and are cancelled at any moment, on a real bus."""

import asyncio
import random
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from deploy.local.nats_server import NatsServer
from services.realtime.rooms import hub as module
from services.realtime.rooms.hub import Hub
from services.realtime.rooms.room import Room
from services.shared.bus.connection import Bus, open_bus
from services.shared.bus.stream_management import declare_streams
from services.shared.bus.subjects import Group, check_group
from tests.support.hub_parts import Ear, Parts, parts_on
from tests.support.outages import Outage
from tests.support.rude_client import connected, request
from tests.support.sockets import listening, until_measured
from tests.support.tokens import token_for
from tests.support.waiting import DEADLINE_SECONDS, until

GROUPS = [check_group(f"chat_{number}") for number in range(3)]
ONE = GROUPS[0]


@pytest_asyncio.fixture
async def parts(
    nats_server: NatsServer,
    web_bus: Bus,  # noqa: ARG001 - the streams are there first
) -> AsyncIterator[Parts]:
    async with (
        open_bus(nats_server.url("realtime"), name="test-realtime") as bus,
        asyncio.TaskGroup() as tasks,
    ):
        parts = await parts_on(bus, tasks)
        yield parts
        parts.hub.close()


async def listen(hub: Hub, group: Group, ear: Ear) -> Room:
    async with hub.visiting(group) as room:
        room.attach(ear)
    return room


async def close_all(parts: Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LINGER_SECONDS", 0.0)
    await parts.hub.close_empty_rooms()


async def test_listeners_cancelled_at_any_moment_leave_nothing_behind(
    parts: Parts, web_bus: Bus, monkeypatch: pytest.MonkeyPatch
) -> None:
    chance = random.Random(5)  # noqa: S311 - a seed makes the same moments every time
    hub = parts.hub

    async def visit(steps: int) -> None:
        ear = Ear()
        room = await listen(hub, chance.choice(GROUPS), ear)
        try:
            for _ in range(steps):
                await asyncio.sleep(0)
        finally:
            hub.leave(room, ear)

    async with asyncio.TaskGroup() as tasks:
        for number in range(300):
            task = tasks.create_task(visit(chance.randrange(30)))
            for _ in range(chance.randrange(4)):
                await asyncio.sleep(0)
            if chance.random() < 0.5:
                task.cancel()
            if number % 50 == 0:
                await close_all(parts, monkeypatch)
    assert hub.listeners == []
    await close_all(parts, monkeypatch)
    assert (hub.rooms, hub.empty_since) == ({}, {})
    assert await parts.subscribed(web_bus, GROUPS) == set()


async def test_a_room_waits_a_while_for_who_may_come_back(
    parts: Parts, web_bus: Bus, monkeypatch: pytest.MonkeyPatch
) -> None:
    ear = Ear()
    room = await listen(parts.hub, ONE, ear)
    parts.hub.leave(room, ear)
    await parts.hub.close_empty_rooms()
    assert await listen(parts.hub, ONE, ear) is room
    await close_all(parts, monkeypatch)
    assert await parts.subscribed(web_bus, GROUPS) == {ONE}
    parts.hub.leave(room, ear)
    await close_all(parts, monkeypatch)
    assert await parts.subscribed(web_bus, GROUPS) == set()
    assert await listen(parts.hub, ONE, ear) is not room


async def test_who_comes_while_rooms_are_closed_keeps_the_one_he_is_in(
    parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    rooms = {group: await listen(parts.hub, group, Ear()) for group in GROUPS}
    for room in rooms.values():
        for ear in list(room.listeners):
            parts.hub.leave(room, ear)
    unsubscribe = rooms[GROUPS[0]].subscription
    assert unsubscribe is not None
    back = Ear()

    async def come_meanwhile() -> None:
        await listen(parts.hub, GROUPS[1], back)

    monkeypatch.setattr(unsubscribe, "unsubscribe", come_meanwhile)
    await close_all(parts, monkeypatch)
    assert list(parts.hub.rooms) == [GROUPS[1]]
    assert parts.hub.listeners == [back]


async def test_what_catches_up_gives_up_when_the_gateway_ends_without_a_bus(outage: Outage) -> None:
    async with open_bus(outage.server.url("web"), name="test-web") as web:
        await declare_streams(web.jetstream)
        async with (
            open_bus(outage.server.url("realtime"), name="test-realtime") as bus,
            asyncio.timeout(DEADLINE_SECONDS),
            asyncio.TaskGroup() as tasks,
        ):
            parts = await parts_on(bus, tasks)
            room = await listen(parts.hub, ONE, Ear())
            outage.begin()

            async def is_away() -> bool:
                return not bus.client.is_connected

            await until(is_away)
            room.expect(7, "chain")
            assert room.catching_up
            parts.hub.close()
        outage.end()


async def test_clients_that_vanish_at_any_moment_of_the_handshake_give_their_places_back(
    gateway: str,
) -> None:
    chance = random.Random(1)  # noqa: S311 - a seed makes the same moments every time

    async def vanish(number: int) -> None:
        group = GROUPS[number % 3]
        path = f"/ws/turbo_stream/{group}/?since=0f3a99c1.1&token={token_for(group)}"
        async with connected(gateway) as client:
            client.writer.write(request(path)[: chance.choice([50, 10_000, 10_000])])
            for _ in range(chance.randrange(60)):
                await asyncio.sleep(0)
            client.reset()

    async with asyncio.TaskGroup() as tasks:
        for number in range(200):
            tasks.create_task(vanish(number))
    for name in ("natter_realtime_sockets", "natter_realtime_users"):
        await until_measured(gateway, name, 0)
    async with listening(gateway, ONE):
        await until_measured(gateway, "natter_realtime_users", 1)
