"""The gateway takes no bodies."""

from contextlib import suppress
from itertools import product

import pytest

from tests.support.pages import CLOSE, HELLO, HOST, Pages, read_hello, rest_of
from tests.support.rude_client import answer_to, connected

CHUNKED = b"Transfer-Encoding: chunked\r\n"
MEGABYTE = b"x" * 1_000_000


async def test_a_request_with_content_is_answered_with_413_and_not_passed_on(pages: Pages) -> None:
    contents = (
        (b"Content-Length: 5\r\n", b"hello"),
        (b"Content-Length: 1000000\r\n", b""),
        (b"Content-Length: 5\r\nExpect: 100-continue\r\n", b""),
        (CHUNKED, b"5\r\nhello\r\n0\r\n\r\n"),
        (CHUNKED, b"0\r\nX-Endless: x"),
        (CHUNKED, b"5;extension=x"),
    )
    wishes = [
        b"",
        b"Upgrade: websocket\r\nConnection: Upgrade\r\n",
        b"Upgrade: h2c\r\nConnection: Upgrade\r\n",
    ]
    for method, wish, (kind, data) in product((b"GET", b"POST"), wishes, contents):
        head = method + b" /hello HTTP/1.1\r\n" + HOST + wish + kind + b"\r\n"
        answer = await answer_to(pages.address, head + data)
        assert answer.startswith("HTTP/1.1 413 "), head
        assert "connection: close\r\n" in answer, head
    assert pages.protocols == []


@pytest.mark.parametrize("data", [MEGABYTE, b"f4240\r\n" + MEGABYTE])
async def test_a_body_that_is_sent_anyway_is_not_buffered(pages: Pages, data: bytes) -> None:
    async with connected(pages.address) as connection:
        await connection.send(b"POST /hello HTTP/1.1\r\n" + HOST + CHUNKED + b"\r\n")
        for _ in range(20):
            with suppress(ConnectionError):
                await connection.send(data)
        assert (await rest_of(connection)).startswith(b"HTTP/1.1 413 ")


async def test_a_request_may_say_that_it_has_no_content(pages: Pages) -> None:
    async with connected(pages.address) as connection:
        for length in (b"0", b"000"):
            await connection.send(HELLO + b"Content-Length: " + length + b"\r\n\r\n")
            await read_hello(connection)
        await connection.send(HELLO + CLOSE)
        await read_hello(connection)
