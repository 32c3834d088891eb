"""The gateway while NATS is away: sockets stay open, it is not ready, and it recovers."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from websockets.exceptions import InvalidStatus

from services.realtime.rooms import hub
from services.shared.bus.connection import Bus, open_bus
from services.shared.bus.stream_management import declare_streams
from tests.support.http import http_client
from tests.support.outages import Outage
from tests.support.sockets import element, listening, publish, until_measured
from tests.support.stack import realtime_settings, serving_gateway
from tests.support.waiting import until

REFRESH = '<turbo-stream action="refresh" method="morph" scroll="preserve"></turbo-stream>'


@pytest_asyncio.fixture
async def bus(outage: Outage) -> AsyncIterator[Bus]:
    async with open_bus(outage.server.url("web"), name="test-web") as bus:
        await declare_streams(bus.jetstream)
        yield bus


@pytest_asyncio.fixture
async def address(outage: Outage, bus: Bus) -> AsyncIterator[str]:  # noqa: ARG001 - the streams are there first
    async with serving_gateway(realtime_settings(outage.server)) as address:
        yield address


async def status(address: str, path: str) -> int:
    async with http_client() as client:
        return (await client.get(f"http://{address}{path}")).status_code


async def until_ready(address: str, expected: int) -> None:
    async def is_so() -> bool:
        return await status(address, "/ready") == expected

    await until(is_so)


async def test_a_gateway_is_not_ready_while_nats_is_away_but_lives(
    outage: Outage, address: str
) -> None:
    outage.begin()
    await until_ready(address, 503)
    assert await status(address, "/live") == 200
    outage.end()
    await until_ready(address, 200)


async def test_open_sockets_stay_and_miss_nothing_of_what_is_published_meanwhile(
    outage: Outage, address: str, bus: Bus
) -> None:
    async with listening(address, "chat_1") as one, listening(address, "chat_2") as other:
        await publish(bus, "chat_1", element("before"))
        assert await one.receive(1) == [element("before")]
        outage.begin()
        await until_ready(address, 503)
        outage.end()
        for number in range(20):  # some of it before the gateway is back
            await publish(bus, "chat_1", element(f"1: {number}"))
            await publish(bus, "chat_2", element(f"2: {number}"))
        await until_ready(address, 200)
        assert await one.receive(20) == [element(f"1: {number}") for number in range(20)]
        assert await other.receive(20) == [element(f"2: {number}") for number in range(20)]


async def test_a_stream_that_was_made_anew_has_every_page_loaded_again(
    address: str, bus: Bus
) -> None:
    async with listening(address, "chat_1") as socket:
        await publish(bus, "chat_1", element("before"))
        assert await socket.receive(1) == [element("before")]
        before = socket.cursor
        await bus.jetstream.delete_stream("TURBO_STREAM")
        await declare_streams(bus.jetstream)
        assert await socket.receive(1) == [REFRESH]
        await publish(bus, "chat_1", element("after"))
        assert await socket.receive(1) == [element("after")]
    async with listening(address, "chat_1", since=before) as socket:
        assert await socket.receive(1) == [REFRESH]


async def test_in_an_outage_clients_are_refused_and_those_that_leave_leave_nothing_behind(
    outage: Outage, address: str, bus: Bus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub, "LINGER_SECONDS", 0.0)
    async with listening(address, "chat_1"):
        outage.begin()
        await until_ready(address, 503)
        with pytest.raises(InvalidStatus) as refused:
            async with listening(address, "chat_1"):
                pass
        assert refused.value.response.status_code == 503
    await until_measured(address, "natter_realtime_groups", 0)
    outage.end()
    await until_ready(address, 200)
    async with listening(address, "chat_1") as socket:
        await publish(bus, "chat_1", element("once"))
        await publish(bus, "chat_1", element("the last"))
        assert await socket.receive(2) == [element("once"), element("the last")]


async def test_a_gateway_ends_in_peace_while_nats_is_away(outage: Outage, bus: Bus) -> None:  # noqa: ARG001 - the streams are there first
    async with serving_gateway(realtime_settings(outage.server)) as address:
        outage.begin()
        await until_ready(address, 503)
