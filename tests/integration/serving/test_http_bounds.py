"""The gateway's HTTP: how large a head may be, how long it may take, which host it names."""

import asyncio

import pytest
from starlette.applications import Starlette

from services.realtime.upgrade import http_protocol
from services.realtime.upgrade.http_protocol import HEAD_BYTES
from services.shared.process.serving import serving_config
from tests.support.pages import (
    CLOSE,
    HELLO,
    HOST,
    Pages,
    read_hello,
    serving_pages,
    trickle_until_ended,
)
from tests.support.rude_client import Connection, answer_to, connected
from tests.support.waiting import DEADLINE_SECONDS


def padded(size: int) -> bytes:
    """Write a head of about so many bytes."""
    return HELLO + b"X-Padding: " + b"x" * (size - 100) + b"\r\n"


async def test_a_head_that_is_too_large_is_answered_with_431_even_if_incomplete(
    pages: Pages,
) -> None:
    for data in (
        padded(1_000_000) + b"\r\n",
        padded(HEAD_BYTES + 200) + b"\r\n",
        padded(HEAD_BYTES + 200),
        HELLO + b"X-Many: x\r\n" * 100_000 + b"\r\n",
        b"GET /hello?" + b"x" * 1_000_000 + b" HTTP/1.1\r\n" + HOST + CLOSE,
        b"GET /hello?" + b"x" * HEAD_BYTES,
        b"\r\n" * HEAD_BYTES,
    ):
        answer = await answer_to(pages.address, data)
        assert answer.startswith("HTTP/1.1 431 "), data[:60]
        assert "connection: close\r\n" in answer
        assert answer.endswith("\r\n\r\nRequest Header Fields Too Large\n")


async def test_a_head_of_sixteen_kilobytes_is_read(pages: Pages) -> None:
    padding = b"x" * (HEAD_BYTES - 500)
    for query, header in ((b"", padding), (padding, b"")):
        head = b"GET /hello?%b HTTP/1.1\r\n%bX: %b\r\n" % (query, HOST, header)
        assert (await answer_to(pages.address, head + CLOSE)).endswith("\r\n\r\nhello")


async def test_consecutive_large_heads_are_accepted(pages: Pages) -> None:
    large = padded(HEAD_BYTES - 1000) + b"\r\n"
    async with connected(pages.address) as connection:
        for _ in range(4):
            await connection.send(large)
            await read_hello(connection)


async def test_a_head_that_does_not_end_ends_the_connection(
    pages: Pages, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_protocol, "HEAD_SECONDS", 0.1)
    for data, more in (
        (b"", b""),
        (b"GET", b""),
        (b"GET /", b"x"),
        (HELLO, b"x"),
        (b"", b"\r\n"),
        (HELLO + b"\r\nGET /", b"x"),
        (HELLO + b"\r\n", b"\r\n"),
    ):
        async with connected(pages.address) as connection:
            await connection.send(data)
            if data.startswith(HELLO + b"\r\n"):
                await read_hello(connection)
            assert await trickle_until_ended(connection, more) == b"", (data, more)


async def test_a_connection_without_requests_is_kept_for_a_while() -> None:
    async with serving_pages(keep_alive_seconds=1) as pages, connected(pages.address) as connection:
        for _ in range(2):
            await connection.send(HELLO + b"\r\n")
            await read_hello(connection)
        assert await connection.read_to_end() == b""


def test_a_connection_is_kept_for_longer_than_proxies_keep_it() -> None:
    """A form that a proxy sends at the moment at which we close is lost."""
    proxies_seconds = 60
    assert serving_config(Starlette()).timeout_keep_alive > proxies_seconds


async def test_an_answer_may_take_longer_than_a_head(
    pages: Pages, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_protocol, "HEAD_SECONDS", 0.1)
    async with connected(pages.address) as connection:
        await connection.send(b"GET /slow HTTP/1.1\r\n" + HOST + CLOSE)
        await connection.read_head()
        assert await connection.read(10) == b"5\r\nfirst\r\n"
        asyncio.get_running_loop().call_later(0.4, pages.gate.set)
        assert await connection.read_to_end() == b"6\r\nsecond\r\n0\r\n\r\n"


async def test_a_refused_client_may_continue_sending_for_a_while_only(
    pages: Pages, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_protocol, "LINGER_SECONDS", 0.1)
    async with connected(pages.address) as connection:
        await connection.send(padded(HEAD_BYTES + 200))
        assert (await connection.read_to_end()).startswith(b"HTTP/1.1 431 ")
        with pytest.raises(ConnectionError):
            await send_for_ever(connection)


async def send_for_ever(connection: Connection) -> None:
    async with asyncio.timeout(DEADLINE_SECONDS):
        while True:
            await connection.send(b"x" * 1000)
            await asyncio.sleep(0.02)


ONE_HOST = [
    b"GET http://localhost/hello HTTP/1.1\r\nHost: localhost\r\n",
    b"GET HTTP://LocalHost:8001/hello?a=http://b HTTP/1.1\r\nHost: localhost:8001\r\n",
    b"GET /hello?at=http://elsewhere/ HTTP/1.1\r\nHost: localhost\r\n",
    b"GET /hello HTTP/1.0\r\n",
]
OTHER_HOSTS = [
    b"GET /hello HTTP/1.1\r\n",
    b"GET http://localhost/hello HTTP/1.0\r\n",
    b"GET /hello HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n",
    b"GET /hello HTTP/1.1\r\nHost: localhost\r\nhost: elsewhere\r\n",
    b"GET http://elsewhere/hello HTTP/1.1\r\nHost: localhost\r\n",
    b"GET http://localhost:81/hello HTTP/1.1\r\nHost: localhost\r\n",
    b"GET http://me@localhost/hello HTTP/1.1\r\nHost: localhost\r\n",
    b"GET http://localhost?/hello HTTP/1.1\r\nHost: localhost?\r\n\r\n",
    b"OPTIONS http://elsewhere HTTP/1.1\r\nHost: localhost\r\n",
]


async def test_a_request_names_one_host_and_its_target_no_other(pages: Pages) -> None:
    for head in OTHER_HOSTS:
        assert (await answer_to(pages.address, head + CLOSE)).startswith("HTTP/1.1 400 "), head
    assert pages.protocols == []
    for head in ONE_HOST:
        assert (await answer_to(pages.address, head + CLOSE)).endswith("\r\n\r\nhello"), head
