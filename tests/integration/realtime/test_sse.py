"""Event streams over real HTTP: delivery, resuming, heartbeats, ends and CORS."""

import asyncio
from contextlib import AsyncExitStack

import pytest

from services.realtime import sse_endpoint
from services.realtime.listeners import event_stream
from services.shared.bus.connection import Bus
from services.shared.bus.position import Cursor, read_bounds
from tests.integration.realtime.conftest import GatewayWith
from tests.support.asking import LISTENS, ask_events, revoke
from tests.support.event_streams import reading
from tests.support.http import http_client
from tests.support.rude_client import connected, request
from tests.support.sockets import element, listening, measured, publish, until_measured
from tests.support.tokens import token_for
from tests.support.waiting import DEADLINE_SECONDS, passed, until

REFRESH = '<turbo-stream action="refresh" method="morph" scroll="preserve"></turbo-stream>'
CLOSED = "natter_realtime_sockets_closed_total"
PAGE = "https://chat.example"
MORE_THAN_KERNELS_HOLD = 150
"""Publications of 100 KB."""


async def until_nobody_listens(address: str) -> None:
    for name in ("natter_realtime_sockets", "natter_realtime_users"):
        await until_measured(address, name, 0)


async def test_a_page_gets_what_is_published_with_its_place(gateway: str, web_bus: Bus) -> None:
    html = [element("one"), element("two\nlines"), element("ä 漢字") + element("two at once")]
    async with reading(gateway) as events, listening(gateway, "chat_1") as socket:
        assert events.answer.headers["content-type"].startswith("text/event-stream")
        assert events.answer.headers["cache-control"] == "no-store"
        for each in html:
            await publish(web_bus, "chat_1", each)
            assert await events.next() == each
            await socket.receive_any()
            assert events.last_id == str(socket.cursor)


async def test_a_client_that_comes_back_is_sent_exactly_what_it_missed(
    gateway: str, web_bus: Bus
) -> None:
    html = [element(str(number)) for number in range(6)]
    start = (await read_bounds(web_bus.client)).head
    for each in html[:5]:
        await publish(web_bus, "chat_1", each)
    third = str(Cursor(start.epoch, start.sequence + 3))
    for query, headers, first in (
        (f"&since={start}", {}, 0),
        ("", {"last_event_id": third}, 3),
        (f"&since={start}", {"last_event_id": third}, 3),  # the browser's is the newer one
        (f"&since={third}", {"last_event_id": ""}, 3),
    ):
        async with reading(gateway, query=query, **headers) as events:
            assert await events.receive(5 - first) == html[first:5]
    async with reading(gateway, last_event_id=third) as events:
        await publish(web_bus, "chat_1", html[5])
        assert await events.receive(3) == html[3:]


async def test_a_position_that_cannot_be_honoured_has_the_page_loaded_again(
    gateway: str, web_bus: Bus
) -> None:
    await publish(web_bus, "chat_1", element("old"))
    for last_id in ("none", "00000000.1", "x" * 3000, "1"):
        async with reading(gateway, last_event_id=last_id) as events:
            assert await events.next() == REFRESH, last_id
            assert events.last_id == str((await read_bounds(web_bus.client)).head)


async def test_a_silent_stream_beats_and_tells_where_it_is(
    gateway_with: GatewayWith, web_bus: Bus
) -> None:
    async with gateway_with(ping_seconds=0.1) as address, reading(address) as events:
        await publish(web_bus, "chat_1", element("first"))
        assert await events.next() == element("first")
        place = events.last_id
        async with asyncio.TaskGroup() as tasks:
            waiting = tasks.create_task(events.next())

            async def has_beaten() -> bool:
                return len(events.beats) >= 3

            await until(has_beaten)
            await publish(web_bus, "chat_1", element("second"))
            assert await waiting == element("second")
        assert set(events.beats) == {place}


async def test_a_client_that_leaves_frees_its_place(gateway_with: GatewayWith) -> None:
    async with gateway_with(max_sockets=1) as address:
        for _ in range(3):
            async with reading(address):
                assert (await ask_events(address, "chat_2", query=_token("chat_2"))).status == 503
            await until_nobody_listens(address)
        assert await measured(address, CLOSED, code="1006") == 3


async def test_a_client_that_does_not_read_is_ended_and_the_others_lose_nothing(
    gateway_with: GatewayWith, web_bus: Bus
) -> None:
    path = f"/sse/turbo_stream/chat_1/{_token('chat_1')}"
    async with (
        gateway_with(max_unsent_bytes=100_000) as address,
        connected(address) as sleeper,
        reading(address) as reader,
    ):
        await sleeper.send(request(path, upgrade="Host: localhost\r\nConnection: close\r\n"))
        await sleeper.read_head()
        for number in range(MORE_THAN_KERNELS_HOLD):
            html = element(f"{number}: {'x' * 100_000}")
            await publish(web_bus, "chat_1", html)
            assert await reader.next() == html
        assert len(await sleeper.read_to_end()) < MORE_THAN_KERNELS_HOLD * 100_000
        await until_measured(address, "natter_realtime_sockets", 1)
        assert await measured(address, CLOSED, code="4008") == 1


async def test_a_client_that_takes_nothing_of_what_it_missed_is_cut_off_though_all_is_silent(
    gateway_with: GatewayWith, web_bus: Bus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sse_endpoint, "WRITE_SECONDS", 0.2)
    start = (await read_bounds(web_bus.client)).head
    for _ in range(MORE_THAN_KERNELS_HOLD // 5):
        await publish(web_bus, "chat_1", element("x" * 500_000))
    path = f"/sse/turbo_stream/chat_1/{_token('chat_1')}&since={start}"
    async with (
        gateway_with(
            ping_seconds=0.2, max_missed_bytes=MORE_THAN_KERNELS_HOLD * 200_000
        ) as address,
        connected(address) as sleeper,
    ):
        await sleeper.send(request(path, upgrade="Host: localhost\r\nConnection: close\r\n"))
        await sleeper.read_head()
        sleeper.writer.transport.pause_reading()  # type: ignore[attr-defined]  # it reads, too
        await until_measured(address, "natter_realtime_sockets", 0)
        assert await measured(address, CLOSED, code="4008") == 1


async def test_a_kicked_or_revoked_stream_ends(gateway: str, web_bus: Bus) -> None:
    old_token = _token("chat_1")  # a later one may be of the next second, and good again
    for code, come_back, status in (("4011", True, LISTENS), ("4503", False, 403)):
        async with reading(gateway) as events, reading(gateway, "chat_2") as other:
            # A revocation does not wait for what was published before it.
            await publish(web_bus, "chat_1", element("before"))
            assert await events.next() == element("before")
            await revoke(web_bus, group="chat_1", come_back=come_back)
            assert await events.next() is None
            await publish(web_bus, "chat_2", element("still here"))
            assert await other.next() == element("still here")
        assert await measured(gateway, CLOSED, code=code) == 1
        assert (await ask_events(gateway, "chat_1", query=old_token)).status == status


async def test_a_connection_outlives_the_stream_that_ended_on_it(
    gateway: str, web_bus: Bus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_stream, "CLOSE_SECONDS", 0.2)
    async with connected(gateway) as connection:
        path = f"/sse/turbo_stream/chat_1/?token={token_for('chat_1')}"
        await connection.send(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        await connection.read_head()
        await revoke(web_bus, group="chat_1", come_back=True)
        async with asyncio.timeout(DEADLINE_SECONDS):
            await connection.reader.readuntil(b"\r\n0\r\n\r\n")
        await passed(0.4)
        await connection.send(b"GET /live HTTP/1.1\r\nHost: x\r\n\r\n")
        assert "200 OK" in await connection.read_head()


async def test_a_stream_ends_with_its_token_or_its_time(gateway_with: GatewayWith) -> None:
    async with gateway_with(rotate_seconds=1) as address:
        async with reading(address) as events:
            assert await events.next() is None
        assert await measured(address, CLOSED, code="4011") == 1
    async with gateway_with() as address, http_client() as client:
        token = token_for("chat_1", seconds=2)
        answer = await client.get(f"http://{address}/sse/turbo_stream/chat_1/?token={token}")
        assert answer.status_code == 200
        assert await measured(address, CLOSED, code="4005") == 1
        await until_nobody_listens(address)


async def test_a_gateway_that_stops_ends_every_stream(
    gateway_with: GatewayWith, web_bus: Bus
) -> None:
    async with AsyncExitStack() as open_:
        async with gateway_with(drain_seconds=0.1) as address:
            streams = [await open_.enter_async_context(reading(address)) for _ in range(10)]
            await publish(web_bus, "chat_1", element("the last"))
            await streams[-1].next()
        for events in streams[:-1]:
            assert await events.receive(2) == [element("the last"), None]


async def test_the_head_of_a_stream_cannot_be_had_alone_and_takes_no_place(gateway: str) -> None:
    async with http_client() as client:
        url = f"http://{gateway}/sse/turbo_stream/chat_1/{_token('chat_1')}"
        answer = await client.head(url)
        assert (answer.status_code, answer.headers["allow"]) == (405, "GET")
    assert await measured(gateway, "natter_realtime_sockets") == 0


async def test_only_pages_of_admitted_origins_may_read(gateway_with: GatewayWith) -> None:
    async with gateway_with(allowed_origins=(PAGE,)) as address:
        async with reading(address, origin=PAGE) as events:
            assert events.answer.headers["access-control-allow-origin"] == PAGE
            assert events.answer.headers["vary"] == "origin"
        async with reading(address) as events:
            assert "access-control-allow-origin" not in events.answer.headers
        for origin in ("https://evil.example", "null", f"http://{address}"):
            refused = await ask_events(address, "chat_1", query=_token("chat_1"), origin=origin)
            assert refused.status == 403
            assert "access-control-allow-origin" not in refused.headers
        refused = await ask_events(address, "chat_1", query="?token=none", origin=PAGE)
        assert refused.status == 401
        assert refused.headers["access-control-allow-origin"] == PAGE
        assert refused.headers["vary"] == "origin"


def _token(group: str) -> str:
    return f"?token={token_for(group)}"
