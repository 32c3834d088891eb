"""Publications that are no Turbo Streams, clients that talk, and readers that stop reading."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from websockets.exceptions import ConnectionClosedError

from services.shared.bus.connection import Bus
from services.shared.bus.errors import MessageTooLargeError
from tests.integration.realtime.conftest import GatewayWith
from tests.support.sockets import element, listening, measured, publish, until_measured

REFUSED = "natter_realtime_refused_publications_total"
SLOW = "natter_realtime_slow_sockets_total"
MALFORMED = [
    b"",
    b" ",
    b"Hello World",
    b"<div></div>",
    b"x" * 900_000,
    b'{"stream":"TURBO_STREAM","seq":1}',
    b"before " + element("x").encode(),
    b"\xef\xbb\xbf" + element("x").encode(),
    element("x").encode() + b" after",
    b"<turbo-stream",
    b"<turbo-streams></turbo-stream>",
    b'<turbo-stream action="append" target="x"><template>',
    b"</turbo-stream>",
    b'<turbo-stream action="update" target="x"><template>\xff\xfe</template></turbo-stream>',
    b'<turbo-stream action="update" target="x"><template>\xed\xa0\x80</template></turbo-stream>',
]


@pytest_asyncio.fixture
async def strict_gateway(gateway_with: GatewayWith) -> AsyncIterator[str]:
    # Without a heartbeat: the next publication has to find a client slow.
    async with gateway_with(max_unsent_bytes=200_000, ping_seconds=3600) as address:
        yield address


async def test_what_is_no_turbo_stream_is_refused_counted_and_never_sent(
    gateway: str, web_bus: Bus
) -> None:
    async with listening(gateway, "chat_1") as socket:
        for payload in MALFORMED:
            await publish(web_bus, "chat_1", payload)
        await publish(web_bus, "chat_1", element("the first that is sent"))

        assert await socket.receive(1) == [element("the first that is sent")]
        assert await measured(gateway, REFUSED) == len(MALFORMED)


async def test_a_large_publication_arrives_whole(gateway: str, web_bus: Bus) -> None:
    large = element("ä" * 450_000)
    async with listening(gateway, "chat_1") as socket:
        await publish(web_bus, "chat_1", large)
        assert await socket.receive(1) == [large]


async def test_the_bus_takes_no_publication_of_more_than_a_megabyte(web_bus: Bus) -> None:
    with pytest.raises(MessageTooLargeError):
        await publish(web_bus, "chat_1", element("x" * 1024 * 1024))


async def test_what_a_client_says_is_ignored_and_harms_nobody(gateway: str, web_bus: Bus) -> None:
    async with listening(gateway, "chat_1") as talker, listening(gateway, "chat_1") as listener:
        said: list[str | bytes] = [
            "",
            element("mine"),
            b"",
            b"\x00\xff",
            "PUB turbo_stream.chat_1 2\r\nhi\r\n",
        ]
        for message in [*said, "x" * 4096, b"x" * 4096]:
            await talker.connection.send(message)
        await (await talker.connection.ping())
        await publish(web_bus, "chat_1", element("hello"))

        assert await talker.receive(1) == await listener.receive(1) == [element("hello")]
        assert (await web_bus.jetstream.stream_info("TURBO_STREAM")).state.messages == 1


async def test_a_client_that_says_too_much_or_breaks_the_protocol_is_closed_alone(
    gateway: str, web_bus: Bus
) -> None:
    async with listening(gateway, "chat_1") as listener:
        for said in ("x" * 1_000_000, b"x" * 4097):
            async with listening(gateway, "chat_1") as talker:
                await talker.connection.send(said)
                assert await talker.close_code() == 1009
        async with listening(gateway, "chat_1") as breaker:
            breaker.connection.transport.write(b"\xff\xff\xff\xff")
            with pytest.raises(ConnectionClosedError):
                await breaker.receive(1)
        await publish(web_bus, "chat_1", element("hello"))
        assert await listener.receive(1) == [element("hello")]


async def test_a_reader_that_stops_reading_is_closed_and_the_others_lose_nothing(
    strict_gateway: str, web_bus: Bus
) -> None:
    async with (
        listening(strict_gateway, "chat_1") as reader,
        listening(strict_gateway, "chat_1", max_queue=1) as sleeper,
    ):
        number = 0
        while not await measured(strict_gateway, SLOW):
            html = element(f"{number}: {'x' * 100_000}")
            await publish(web_bus, "chat_1", html)
            assert await reader.receive(1) == [html]
            number += 1
            assert number < 1000, "the sleeper was never closed"
        assert await measured(strict_gateway, SLOW) == 1
        # Its close frame stands behind what it never read, and is given five seconds.
        assert await sleeper.close_code() in (4008, None)
        await until_measured(strict_gateway, "natter_realtime_sockets", 1)
        await publish(web_bus, "chat_1", element("after"))
        assert await reader.receive(1) == [element("after")]
