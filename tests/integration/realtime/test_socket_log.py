"""The log line of a socket: its fields are exactly those of the gateway's README."""

import pytest
from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

from services.shared.bus.connection import Bus
from tests.integration.realtime.conftest import GatewayWith
from tests.support.asking import revoke
from tests.support.canonical_lines import COMMON, Log, documented
from tests.support.event_streams import reading
from tests.support.logs import restored_logging
from tests.support.sockets import PROTOCOL, element, listening, publish, socket_url
from tests.support.tokens import token_for
from tests.support.waiting import until

__all__ = ["restored_logging"]

TRACE = "0af7651916cd43dd8448eb211c80319c"
PARENT = f"00-{TRACE}-b7ad6b7169203331-00"

pytestmark = pytest.mark.usefixtures("restored_logging")


async def until_logged(log: Log, count: int = 1) -> list[dict[str, object]]:
    """Wait for so many lines of sockets, and return them."""

    async def are_there() -> bool:
        return len(log.lines("socket_ended")) >= count

    await until(are_there)
    lines = log.lines("socket_ended")
    assert len(lines) == count
    return lines


async def test_a_socket_is_one_line_with_these_fields_and_no_other(
    gateway_with: GatewayWith, web_bus: Bus, capfd: pytest.CaptureFixture[str]
) -> None:
    log = Log(capfd)
    async with gateway_with() as gateway:
        plain, stream, revoked, traced = await lines_of_four(gateway, web_bus, log)
    assert all(set(line) == documented("socket_ended") | COMMON for line in (plain, stream))
    assert (plain["group"], plain["user"], plain["transport"]) == ("chat_1", "ada", "websocket")
    assert (plain["code"], plain["reason"]) == (1000, "the client has closed")
    assert (plain["frames"], plain["resumed_from"]) == (3, "live")
    assert size_of(plain) > len(element("never to be logged 0")) * 3
    assert isinstance(plain["duration_s"], float)
    assert plain["trace_id"] is None
    assert "never to be logged" not in log.said
    assert (stream["transport"], stream["frames"], stream["code"]) == ("sse", 1, 1006)
    assert size_of(stream) > len(element("one"))
    assert (revoked["code"], revoked["reason"]) == (4503, "revoked")
    assert traced["trace_id"] == stream["trace_id"] == TRACE


async def lines_of_four(gateway: str, web_bus: Bus, log: Log) -> list[dict[str, object]]:
    """End a plain socket, an event stream, a revoked socket and one with a trace."""
    async with listening(gateway, "chat_1", user="ada") as socket:
        for number in range(3):
            await publish(web_bus, "chat_1", element(f"never to be logged {number}"))
        await socket.receive(3)
    await until_logged(log, 1)
    async with reading(gateway, traceparent=PARENT) as events:
        await publish(web_bus, "chat_1", element("one"))
        await events.next()
    await until_logged(log, 2)
    async with listening(gateway, "chat_1", user="7") as socket:
        await revoke(web_bus, user="7")
        assert await socket.close_code() == 4503
    await until_logged(log, 3)
    protocols = [PROTOCOL, Subprotocol(f"t.{token_for('chat_1')}")]
    url, headers = socket_url(gateway, "chat_1"), {"traceparent": PARENT}
    async with connect(url, subprotocols=protocols, additional_headers=headers, proxy=None):
        pass
    return await until_logged(log, 4)


def size_of(line: dict[str, object]) -> int:
    size = line["bytes"]
    assert isinstance(size, int)
    return size


async def test_what_it_missed_counts_as_sent_and_what_others_had_before_does_not(
    gateway_with: GatewayWith, web_bus: Bus, capfd: pytest.CaptureFixture[str]
) -> None:
    log = Log(capfd)
    async with gateway_with() as gateway:
        async with listening(gateway, "chat_1") as first:
            await publish(web_bus, "chat_1", element("one"))
            await first.receive(1)
            since = first.cursor
            for text in ("two", "three"):
                await publish(web_bus, "chat_1", element(text))
            await first.receive(2)
            async with listening(gateway, "chat_1", since=since) as second:
                await second.receive(2)
                await publish(web_bus, "chat_1", element("four"))
                await second.receive(1)
                await first.receive(1)
        resumed, stayed = await until_logged(log, 2)
        assert (resumed["frames"], resumed["resumed_from"]) == (3, "ring")
        assert (stayed["frames"], stayed["resumed_from"]) == (4, "live")
        # Its own are all but the first, whose text has as many letters as the second's.
        stayed_bytes = size_of(stayed)
        assert stayed_bytes - size_of(resumed) == (stayed_bytes - extra("three", "four")) // 4


def extra(*texts: str) -> int:
    """Count the letters that these have beyond three."""
    return sum(len(text) - len("one") for text in texts)


async def test_all_sockets_are_logged_before_the_gateway_has_ended(
    gateway_with: GatewayWith, capfd: pytest.CaptureFixture[str]
) -> None:
    log = Log(capfd)
    async with gateway_with() as address:
        sockets = [listening(address, f"chat_{number}") for number in range(1, 61)]
        opened = [await each.__aenter__() for each in sockets]
    lines = log.lines("socket_ended")
    assert {line["group"] for line in lines} == {f"chat_{number}" for number in range(1, 61)}
    assert {(line["code"], line["reason"]) for line in lines} == {(4000, "draining")}
    for each, socket in zip(sockets, opened, strict=True):
        assert await socket.close_code() == 4000
        await each.__aexit__(None, None, None)
