"""What comes behind a head: how large it may be where it is no body."""

from contextlib import suppress

import pytest

from tests.support.pages import HELLO, HOST, Pages, read_hello, rest_of
from tests.support.rude_client import connected

CHUNKED = HOST + b"Transfer-Encoding: chunked\r\n\r\n"
TRAILERS = b"X-Trailer: x\r\n" * 70_000
MEGABYTE = b"x" * 1_000_000


@pytest.mark.parametrize("path", [b"/hello", b"/size", b"/slow"])
@pytest.mark.parametrize(
    "data",
    [
        b"0\r\n" + TRAILERS,
        b"5\r\nhello\r\n0\r\n" + TRAILERS,
        b"0\r\n" + TRAILERS + b"\r\n",
        b"0\r\nX-Endless: " + MEGABYTE,
        b"0\r\n" + MEGABYTE,
        b"5;extension=" + MEGABYTE,
    ],
)
async def test_what_is_neither_head_nor_body_has_the_bound_of_a_head(
    pages: Pages, path: bytes, data: bytes
) -> None:
    async with connected(pages.address) as connection:
        await connection.send(b"POST " + path + b" HTTP/1.1\r\n" + CHUNKED)
        await pages.started.wait()
        with suppress(ConnectionError):
            await connection.send(data)
        await rest_of(connection)
    assert len(pages.protocols[0].headers) == 2
    assert pages.sizes == []


async def test_trailers_are_passed_over(pages: Pages) -> None:
    async with connected(pages.address) as connection:
        await connection.send(b"POST /size HTTP/1.1\r\n" + CHUNKED)
        await connection.send(b"5\r\nhello\r\n0\r\nHost: elsewhere\r\nX-Trailer: x\r\n\r\n")
        await connection.read_head()
        assert await connection.read(7) == b"5 bytes"
        assert len(pages.protocols[0].headers) == 2
        await connection.send(HELLO + b"\r\n")
        await read_hello(connection)
