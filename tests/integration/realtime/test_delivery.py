"""Delivery of publications: all of the group's, in order, and no others."""

import asyncio
import random
from contextlib import AsyncExitStack

import pytest

from services.realtime.rooms import head_check, hub
from services.shared.bus.connection import Bus
from tests.support.sockets import element, listening, measured, publish, until_measured

SOCKETS = "natter_realtime_sockets"
GROUPS = "natter_realtime_groups"


async def test_a_publication_reaches_every_socket_of_its_group_and_no_other(
    gateway: str, web_bus: Bus
) -> None:
    async with AsyncExitStack() as stack:
        here = [await stack.enter_async_context(listening(gateway, "chat_1")) for _ in range(5)]
        there = [await stack.enter_async_context(listening(gateway, "chat_11")) for _ in range(2)]
        await publish(web_bus, "chat_1", element("for 1"))
        await publish(web_bus, "chat_11", element("for 11"))

        assert [await socket.receive(1) for socket in here] == [[element("for 1")]] * 5
        assert [await socket.receive(1) for socket in there] == [[element("for 11")]] * 2
        assert await measured(gateway, "natter_realtime_deliveries_total") == 7


async def test_a_thousand_publications_keep_their_order_in_every_socket(
    gateway: str, web_bus: Bus
) -> None:
    expected = [element(f"number {number}") for number in range(1000)]
    async with listening(gateway, "chat_1") as one, listening(gateway, "chat_1") as other:
        async with asyncio.TaskGroup() as tasks:
            received = [tasks.create_task(socket.receive(1000)) for socket in (one, other)]
            for html in expected:
                await publish(web_bus, "chat_1", html)
        assert [task.result() for task in received] == [expected, expected]


@pytest.fixture
def rooms_close_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub, "LINGER_SECONDS", 0.0)
    monkeypatch.setattr(head_check, "CHECK_SECONDS", 0.05)


@pytest.mark.usefixtures("rooms_close_soon")
async def test_the_first_listener_opens_the_one_subscription_and_the_last_closes_it(
    gateway: str,
) -> None:
    assert await measured(gateway, GROUPS) == 0
    async with listening(gateway, "chat_1"):
        assert await measured(gateway, GROUPS) == 1
        async with listening(gateway, "chat_1"), listening(gateway, "chat_2"):
            assert await measured(gateway, GROUPS) == 2
            assert await measured(gateway, SOCKETS) == 3
        await until_measured(gateway, GROUPS, 1)
        await until_measured(gateway, SOCKETS, 1)
    await until_measured(gateway, GROUPS, 0)
    await until_measured(gateway, SOCKETS, 0)


@pytest.mark.usefixtures("rooms_close_soon")
async def test_two_hundred_who_come_and_go_at_random_lose_nothing_and_leave_nothing(
    gateway: str, web_bus: Bus
) -> None:
    """Each publishes while it listens, and must be sent that."""
    chance = random.Random(7)  # noqa: S311 - a seed makes the same visits every time

    async def visit(visitor: int, group: str, pauses: list[int]) -> None:
        for number, pause in enumerate(pauses):
            async with listening(gateway, group, user=str(visitor), max_queue=None) as socket:
                mine = element(f"{visitor} for the time {number}")
                await publish(web_bus, group, mine)
                while mine not in await socket.receive_any():
                    pass
            for _ in range(pause):
                await asyncio.sleep(0)

    async with asyncio.TaskGroup() as tasks:
        for visitor in range(200):
            pauses = [chance.randrange(20) for _ in range(chance.randrange(1, 4))]
            tasks.create_task(visit(visitor, f"chat_{chance.randrange(3)}", pauses))
    await until_measured(gateway, SOCKETS, 0)
    await until_measured(gateway, GROUPS, 0)
