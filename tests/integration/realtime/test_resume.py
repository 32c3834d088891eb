"""Clients that come back: they get what they missed from memory or the stream, or a refresh."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from services.shared.bus.connection import Bus
from services.shared.bus.position import Cursor, read_bounds
from tests.integration.realtime.conftest import GatewayWith
from tests.support.sockets import element, listening, measured, publish

RESUMES = "natter_realtime_resumes_total"
UNUSABLE = ["", "none", "0", "zzzzzzzz.1", "00000000.1", "00000000.-1", "x" * 3000, "%00", "1.2.3"]
REFRESH = '<turbo-stream action="refresh" method="morph" scroll="preserve"></turbo-stream>'


def numbered(first: int, last: int) -> list[str]:
    return [element(str(number)) for number in range(first, last)]


async def publish_numbers(bus: Bus, group: str, first: int, last: int) -> None:
    for html in numbered(first, last):
        await publish(bus, group, html)


@pytest_asyncio.fixture
async def forgetful(gateway_with: GatewayWith) -> AsyncIterator[str]:
    """A gateway that keeps nothing in memory."""
    async with gateway_with(ring_bytes=0) as address:
        yield address


async def test_without_a_cursor_a_client_gets_what_is_published_from_now_on(
    gateway: str, web_bus: Bus
) -> None:
    await publish_numbers(web_bus, "chat_1", 0, 3)
    async with listening(gateway, "chat_1") as socket:
        await publish(web_bus, "chat_1", element("new"))
        assert await socket.receive(1) == [element("new")]
    assert await measured(gateway, RESUMES, source="live") == 1


@pytest.mark.parametrize("keeps", [True, False])
async def test_a_client_that_comes_back_gets_what_it_missed_and_then_what_is_new(
    gateway: str, forgetful: str, web_bus: Bus, keeps: bool
) -> None:
    address, source = (gateway, "ring") if keeps else (forgetful, "stream")
    async with listening(address, "chat_1") as socket:
        await publish_numbers(web_bus, "chat_1", 0, 2)
        await socket.receive(2)
        cursor = socket.cursor
    await publish_numbers(web_bus, "chat_1", 2, 5)
    await publish_numbers(web_bus, "chat_2", 0, 5)
    async with listening(address, "chat_1", since=cursor) as socket:
        assert await socket.receive(3) == numbered(2, 5)
        await publish(web_bus, "chat_1", element("new"))
        assert await socket.receive(1) == [element("new")]
    assert await measured(address, RESUMES, source=source) == 1


async def test_a_gateway_that_was_just_started_serves_from_what_it_has_read(
    gateway_with: GatewayWith, web_bus: Bus
) -> None:
    start = (await read_bounds(web_bus.client)).head
    for group in range(20):
        await publish_numbers(web_bus, f"chat_{group}", 0, 30)
    async with gateway_with() as address:
        for group in range(20):
            async with listening(address, f"chat_{group}", since=start) as socket:
                assert await socket.receive(30) == numbered(0, 30)
        assert await measured(address, RESUMES, source="ring") == 20
        assert await measured(address, "natter_realtime_ring_publications") == 600


async def test_a_page_gets_all_that_was_published_after_its_position(
    gateway: str, web_bus: Bus
) -> None:
    page = (await read_bounds(web_bus.client)).head
    await publish_numbers(web_bus, "chat_1", 0, 4)
    async with listening(gateway, "chat_1", since=page) as socket:
        assert await socket.receive(4) == numbered(0, 4)
    page = (await read_bounds(web_bus.client)).head
    async with listening(gateway, "chat_1", since=page) as socket:
        await publish(web_bus, "chat_1", element("new"))
        assert await socket.receive(1) == [element("new")]


async def test_many_who_come_back_at_once_each_get_exactly_what_they_missed(
    forgetful: str, web_bus: Bus
) -> None:
    start = (await read_bounds(web_bus.client)).head
    await publish_numbers(web_bus, "chat_1", 0, 50)

    async def come_back(missed: int) -> list[str]:
        since = Cursor(start.epoch, start.sequence + 50 - missed)
        async with listening(forgetful, "chat_1", since=since, max_queue=None) as socket:
            return await socket.receive(missed)

    async with asyncio.TaskGroup() as tasks:
        came = {missed: tasks.create_task(come_back(missed)) for missed in range(1, 51)}
    for missed, task in came.items():
        assert task.result() == numbered(50 - missed, 50)


async def test_a_cursor_that_cannot_be_honoured_has_the_page_loaded_again(
    gateway: str, web_bus: Bus
) -> None:
    await publish_numbers(web_bus, "chat_1", 0, 2)
    head = (await read_bounds(web_bus.client)).head
    # The last is of a stream that was put back to an earlier state.
    unusable = [*UNUSABLE, str(Cursor(head.epoch, head.sequence + 1000))]
    for since in unusable:
        async with listening(gateway, "chat_1", since=since) as socket:
            assert await socket.receive(1) == [REFRESH], since
            await publish(web_bus, "chat_1", element("new"))
            assert await socket.receive(1) == [element("new")], since
    assert await measured(gateway, RESUMES, source="refresh") == len(unusable)


async def test_a_client_that_was_away_too_long_has_its_page_loaded_again(
    forgetful: str, web_bus: Bus
) -> None:
    start = (await read_bounds(web_bus.client)).head
    await publish_numbers(web_bus, "chat_1", 0, 10)
    await web_bus.jetstream.purge_stream("TURBO_STREAM", keep=5)
    for since, expected in ((0, [REFRESH]), (4, [REFRESH]), (5, numbered(5, 10))):
        cursor = Cursor(start.epoch, since)
        async with listening(forgetful, "chat_1", since=cursor) as socket:
            assert await socket.receive(len(expected)) == expected


async def test_a_client_that_missed_more_than_it_could_be_sent_has_its_page_loaded_again(
    gateway_with: GatewayWith, web_bus: Bus
) -> None:
    start = (await read_bounds(web_bus.client)).head
    for _ in range(10):
        await publish(web_bus, "chat_1", element("x" * 20_000))
    async with (
        gateway_with(max_missed_bytes=100_000, warm_seconds=0) as address,
        listening(address, "chat_1", since=start) as socket,
    ):
        assert await socket.receive(1) == [REFRESH]


async def test_every_edge_of_what_is_kept_is_exact(gateway_with: GatewayWith, web_bus: Bus) -> None:
    """The numbers between are another group's; what the ring lacks is in the stream."""
    start = (await read_bounds(web_bus.client)).head
    for number in range(20):
        await publish(web_bus, "chat_1", element(str(number)))
        await publish(web_bus, "chat_2", element("another's"))
    async with gateway_with(max_unsent_bytes=2000, max_missed_bytes=2000) as address:
        for number in range(41):
            since = Cursor(start.epoch, start.sequence + number)
            missed = numbered((number + 1) // 2, 20)
            async with listening(address, "chat_1", since=since, max_queue=None) as socket:
                await publish(web_bus, "chat_2", element("another's"))
                if len(missed) > 8:  # more than is sent at once here
                    assert await socket.receive_any() in ([REFRESH], missed[:1])
                elif missed:
                    assert await socket.receive(len(missed)) == missed
