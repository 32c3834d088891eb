"""What comes behind a head: how large it may be where it is no body, and how slow where it is."""

import asyncio
from contextlib import suppress

import pytest

from services.shared import http_protocol
from tests.support.pages import CLOSE, HELLO, HOST, Pages, read_hello, rest_of
from tests.support.rude_client import Connection, connected

CHUNKED = HOST + b"Transfer-Encoding: chunked\r\n\r\n"
TRAILERS = b"X-Trailer: x\r\n" * 70_000
MEGABYTE = b"x" * 1_000_000


def post(path: bytes, size: int, more: bytes = b"") -> bytes:
    """Write a head that announces so many bytes."""
    return b"POST %b HTTP/1.1\r\n%bContent-Length: %d\r\n%b\r\n" % (path, HOST, size, more)


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


@pytest.mark.parametrize("more", [b"", b"x"])
async def test_a_body_that_does_not_get_on_is_answered_with_408(
    pages: Pages, monkeypatch: pytest.MonkeyPatch, more: bytes
) -> None:
    monkeypatch.setattr(http_protocol, "BODY_SECONDS", 0.1)
    async with connected(pages.address) as connection:
        await connection.send(post(b"/size", 1_000_000) + b"begun")
        answer = await answer_while_sending(connection, more)
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert pages.sizes == []


async def test_a_body_that_does_not_get_on_ends_an_answer_that_does(
    pages: Pages, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_protocol, "BODY_SECONDS", 0.1)
    async with connected(pages.address) as connection:
        await connection.send(post(b"/slow", 1_000_000))
        await connection.read_head()
        assert b"\r\n0\r\n" not in await rest_of(connection)


async def test_a_body_may_take_long_if_it_gets_on(
    pages: Pages, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_protocol, "BODY_SECONDS", 0.2)
    monkeypatch.setattr(http_protocol, "BODY_BYTES", 1)
    async with connected(pages.address) as connection:
        await connection.send(post(b"/size", 40, CLOSE[:-2]))
        for _ in range(40):
            await connection.send(b"x")
            await asyncio.sleep(0.02)
        assert (await connection.read_to_end()).endswith(b"40 bytes")


async def test_a_body_may_wait_for_an_application_that_takes_its_time(
    pages: Pages, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_protocol, "BODY_SECONDS", 0.1)
    async with connected(pages.address) as connection:
        asyncio.get_running_loop().call_later(0.5, pages.gate.set)
        await connection.send(post(b"/late", len(MEGABYTE), CLOSE[:-2]) + MEGABYTE)
        assert (await connection.read_to_end()).endswith(b"1000000 bytes")


async def test_who_waits_to_be_told_to_continue_may_wait(
    pages: Pages, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_protocol, "BODY_SECONDS", 0.1)
    async with connected(pages.address) as connection:
        asyncio.get_running_loop().call_later(0.5, pages.gate.set)
        await connection.send(b"POST /late HTTP/1.1\r\n" + CHUNKED[:-2])
        await connection.send(b"Expect: 100-continue\r\n" + CLOSE)
        assert (await connection.read_head()).startswith("HTTP/1.1 100 ")
        await connection.send(b"5\r\nhello\r\n0\r\n\r\n")
        assert (await connection.read_to_end()).endswith(b"5 bytes")


@pytest.mark.parametrize("protocol", [b"websocket", b"h2c"])
@pytest.mark.parametrize("body", [b"Content-Length: 5\r\n\r\nhello", CHUNKED.removeprefix(HOST)])
async def test_an_upgrade_has_no_body(pages: Pages, protocol: bytes, body: bytes) -> None:
    upgrade = b"Upgrade: " + protocol + b"\r\nConnection: Upgrade\r\n"
    async with connected(pages.address) as connection:
        await connection.send(b"POST /size HTTP/1.1\r\n" + HOST + upgrade + body)
        assert (await connection.read_to_end()).startswith(b"HTTP/1.1 400 ")
    assert pages.protocols == []


async def answer_while_sending(connection: Connection, more: bytes) -> bytes:
    """Send a little now and then until all of an answer has come."""
    async with asyncio.TaskGroup() as tasks:
        sending = tasks.create_task(send_for_ever(connection, more))
        answer = await connection.read_to_end()
        sending.cancel()
    return answer


async def send_for_ever(connection: Connection, more: bytes) -> None:
    with suppress(ConnectionError):
        while True:
            await connection.send(more)
            await asyncio.sleep(0.02)
