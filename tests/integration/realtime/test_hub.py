"""The hub under listeners that come, go and are cancelled at any moment, on a real bus."""

import asyncio
import random
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from deploy.local.nats_server import NatsServer
from services.realtime.feed import Feed
from services.realtime.hub import Hub
from services.realtime.metrics import GatewayMetrics
from services.shared.bus import Bus, open_bus
from services.shared.subjects import check_group
from tests.support.sockets import element, publish

GROUPS = [check_group(f"chat_{number}") for number in range(3)]


@pytest_asyncio.fixture
async def hub(
    nats_server: NatsServer,
    web_bus: Bus,  # noqa: ARG001 - the streams are there first
) -> AsyncIterator[Hub]:
    metrics = GatewayMetrics()
    async with open_bus(nats_server.url("realtime"), name="test-realtime") as bus:
        yield Hub(Feed(bus.client, metrics), metrics, 1024 * 1024)


def figure(hub: Hub, name: str) -> float | None:
    return hub.metrics.registry.get_sample_value(f"natter_realtime_{name}")


@pytest.mark.parametrize("seed", range(5))
async def test_listeners_cancelled_at_any_moment_leave_nothing_behind(hub: Hub, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - a seed makes the same moments every time

    async def listen(steps: int) -> None:
        async with hub.listening(chance.choice(GROUPS)):
            for _ in range(steps):
                await asyncio.sleep(0)

    async with asyncio.TaskGroup() as tasks:
        for _ in range(300):
            task = tasks.create_task(listen(chance.randrange(30)))
            for _ in range(chance.randrange(4)):
                await asyncio.sleep(0)
            if chance.random() < 0.5:
                task.cancel()
    assert hub.rooms == {}
    assert (figure(hub, "sockets"), figure(hub, "groups")) == (0, 0)


async def test_a_listener_that_stays_misses_nothing_while_others_come_and_go(
    hub: Hub, web_bus: Bus
) -> None:
    expected = [element(str(number)) for number in range(100)]
    received = ""
    async with hub.listening(GROUPS[0]) as stays:
        for html in expected:
            async with hub.listening(GROUPS[0]):
                await publish(web_bus, GROUPS[0], html)
        async with asyncio.timeout(10):
            while len(received) < len("".join(expected)):
                received += await stays.next()
    assert received == "".join(expected)


async def test_each_listener_hears_what_is_published_from_its_first_moment(
    hub: Hub, web_bus: Bus
) -> None:
    async def listen(number: int) -> None:
        group = GROUPS[number % 3]
        mine = element(f"of {number}")
        async with asyncio.timeout(10), hub.listening(group) as listener:
            await publish(web_bus, group, mine)
            while mine not in await listener.next():
                pass

    async with asyncio.TaskGroup() as tasks:
        for number in range(100):
            tasks.create_task(listen(number))
    assert hub.rooms == {}
