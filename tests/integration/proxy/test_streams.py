"""Sockets and event streams through the proxy: nothing cuts those that are read."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path

import pytest
from websockets.exceptions import InvalidStatus

from deploy.local.nats_server import NatsServer
from services.shared.bus.connection import Bus
from tests.integration.proxy.proxied import proxied
from tests.support.event_streams import reading
from tests.support.rude_client import connected, request
from tests.support.sockets import element, listening, measured, publish, until_measured
from tests.support.stack import realtime_settings, serving_gateway
from tests.support.tokens import token_for
from tests.support.waiting import passed, until

SHORT = {
    "PROXY_READ_HEADER": "200ms",
    "PROXY_READ_BODY_IDLE": "200ms",
    "PROXY_WRITE_IDLE": "200ms",
    "PROXY_IDLE": "200ms",
}
MORE_THAN_KERNELS_HOLD = 200
"""Publications of 100 KB."""


async def test_they_outlive_every_timeout(tmp_path: Path, gateway: str, web_bus: Bus) -> None:
    async with (
        proxied(tmp_path, realtime=gateway, **SHORT) as site,
        listening(site.address, "chat_1") as socket,
        reading(site.address) as events,
    ):
        for number in range(3):
            await passed(0.5)
            html = element(str(number))
            await publish(web_bus, "chat_1", html)
            assert await socket.receive(1) == [html]
            assert await events.next() == html


async def test_they_outlive_a_reload(tmp_path: Path, gateway: str, web_bus: Bus) -> None:
    async with (
        proxied(tmp_path, realtime=gateway) as site,
        listening(site.address, "chat_1") as socket,
        reading(site.address) as events,
    ):
        site.caddy.reload(PROXY_LOG_LEVEL="DEBUG")
        await passed(0.5)
        await publish(web_bus, "chat_1", element("hello"))
        assert await socket.receive(1) == [element("hello")]
        assert await events.next() == element("hello")
        async with listening(site.address, "chat_1"):
            assert '"level":"debug"' in site.caddy.log


async def test_who_leaves_is_gone_at_once_for_the_gateway(
    tmp_path: Path,
    gateway: str,
    web_bus: Bus,  # noqa: ARG001 - the streams are there first
) -> None:
    async with proxied(tmp_path, realtime=gateway) as site:
        async with listening(site.address, "chat_1"), reading(site.address):
            await until_measured(gateway, "natter_realtime_sockets", 2)
        await until_measured(gateway, "natter_realtime_sockets", 0)


@pytest.mark.parametrize("kind", ["ws", "sse"])
async def test_who_takes_nothing_is_given_up_by_the_gateway_and_by_the_proxy(
    tmp_path: Path, gateway: str, web_bus: Bus, kind: str
) -> None:
    short = {"PROXY_WRITE_IDLE": "500ms", "PROXY_STREAMS": "5s"}
    path, offered = f"/{kind}/turbo_stream/chat_1/", f"turbo-stream.v1, t.{token_for('chat_1')}"
    async with (
        proxied(tmp_path, realtime=gateway, **short) as site,
        connected(site.address) as connection,
    ):
        if kind == "ws":
            await connection.send(request(path, f"Sec-WebSocket-Protocol: {offered}\r\n"))
        else:
            query = f"?token={token_for('chat_1')}"
            await connection.send(f"GET {path}{query} HTTP/1.1\r\nHost: a\r\n\r\n".encode())
        await connection.read_head()
        connection.writer.transport.pause_reading()  # type: ignore[attr-defined]  # it reads, too
        await until_measured(gateway, "natter_realtime_sockets", 1)
        for _ in range(MORE_THAN_KERNELS_HOLD):
            await publish(web_bus, "chat_1", element("x" * 100_000))
        await until_measured(gateway, "natter_realtime_sockets", 0)

        async def proxy_has_ended_it() -> bool:
            return any("handled request" in line for line in site.caddy.lines)

        await until(proxy_has_ended_it)


async def test_a_gateway_that_is_full_or_stops_sends_on_to_another(
    tmp_path: Path,
    nats_server: NatsServer,
    web_bus: Bus,  # noqa: ARG001 - the streams are there first
) -> None:
    """All are admitted, though each is led to the full one as often as to the other."""
    full = realtime_settings(nats_server, max_sockets=1)
    async with (
        serving_gateway(full, host="127.0.0.2") as first,
        serving_gateway(
            realtime_settings(nats_server), host="127.0.0.3", port=int(first.split(":")[1])
        ) as second,
        listening(first, "chat_1"),
        proxied(tmp_path, realtime=first) as site,
    ):
        site.names.addresses["realtime"] = ["127.0.0.2", "127.0.0.3"]
        async with AsyncExitStack() as stack:
            for _ in range(10):
                await stack.enter_async_context(admitted(site.address))
            await until_measured(second, "natter_realtime_sockets", 10)
            assert await measured(first, "natter_realtime_refused_handshakes_total") > 0


@asynccontextmanager
async def admitted(address: str) -> AsyncIterator[None]:
    """Listen as a page does, which comes back when five tries of the proxy all met the full one."""
    async with AsyncExitStack() as stack:

        async def is_admitted() -> bool:
            with suppress(InvalidStatus):
                await stack.enter_async_context(listening(address, "chat_1"))
                return True
            return False

        await until(is_admitted)
        yield
