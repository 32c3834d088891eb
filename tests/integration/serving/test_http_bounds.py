"""The HTTP side of every service: how large a head may be, and how long it may take."""

import asyncio
import logging

import pytest
from starlette.applications import Starlette

from services.shared import http_connection, http_protocol
from services.shared.http_protocol import HEAD_BYTES
from services.shared.serving import serving_config
from tests.support.pages import (
    CLOSE,
    HELLO,
    HOST,
    Pages,
    read_hello,
    rest_of,
    serving_pages,
    trickle_until_ended,
)
from tests.support.rude_client import Connection, answer_to, connected, request
from tests.support.servers import serving
from tests.support.waiting import DEADLINE_SECONDS


def padded(size: int) -> bytes:
    """Write a head of about so many bytes."""
    return HELLO + b"X-Padding: " + b"x" * (size - 100) + b"\r\n"


@pytest.mark.parametrize(
    "data",
    [
        padded(1_000_000) + b"\r\n",
        padded(HEAD_BYTES + 200) + b"\r\n",
        padded(HEAD_BYTES + 200),
        HELLO + b"X-Many: x\r\n" * 100_000 + b"\r\n",
        b"GET /hello?" + b"x" * 1_000_000 + b" HTTP/1.1\r\n" + HOST + CLOSE,
        b"GET /hello?" + b"x" * HEAD_BYTES,
        b"\r\n" * HEAD_BYTES,
    ],
)
async def test_a_head_that_is_too_large_is_answered_with_431_whole_or_not(
    pages: Pages, data: bytes
) -> None:
    answer = await answer_to(pages.address, data)
    assert answer.startswith("HTTP/1.1 431 ")
    assert "connection: close\r\n" in answer
    assert answer.endswith("\r\n\r\nRequest Header Fields Too Large\n")


@pytest.mark.parametrize("place", ["headers", "target"])
async def test_a_head_of_sixteen_kilobytes_is_read(pages: Pages, place: str) -> None:
    padding = b"x" * (HEAD_BYTES - 500)
    query, header = (b"", padding) if place == "headers" else (padding, b"")
    head = b"GET /hello?" + query + b" HTTP/1.1\r\n" + HOST + b"X: " + header + b"\r\n" + CLOSE
    assert (await answer_to(pages.address, head)).endswith("\r\n\r\nhello")


async def test_large_heads_one_after_another_are_no_large_head(pages: Pages) -> None:
    large = padded(HEAD_BYTES - 1000) + b"\r\n"
    async with connected(pages.address) as connection:
        for _ in range(4):
            await connection.send(large)
            await read_hello(connection)
        await connection.send(large * 4)
        for _ in range(4):
            await read_hello(connection)


async def test_a_body_counts_for_nothing_and_the_head_after_it_does(pages: Pages) -> None:
    post = b"POST /size HTTP/1.1\r\n" + HOST + b"Content-Length: 1000000\r\n\r\n" + bytes(1_000_000)
    async with connected(pages.address) as connection:
        await connection.send(post)
        await connection.read_head()
        assert await connection.read(13) == b"1000000 bytes"
        await connection.send(padded(HEAD_BYTES + 200))
        assert (await connection.read_to_end()).startswith(b"HTTP/1.1 431 ")


@pytest.mark.parametrize(
    ("data", "more"),
    [
        (b"", b""),
        (b"GET", b""),
        (b"GET /", b"x"),
        (HELLO, b"x"),
        (b"", b"\r\n"),
        (HELLO + b"\r\nGET /", b"x"),
        (HELLO + b"\r\n", b"\r\n"),
    ],
)
async def test_a_head_that_does_not_come_to_its_end_ends_the_connection(
    pages: Pages, monkeypatch: pytest.MonkeyPatch, data: bytes, more: bytes
) -> None:
    monkeypatch.setattr(http_protocol, "HEAD_SECONDS", 0.2)
    async with connected(pages.address) as connection:
        await connection.send(data)
        if data.startswith(HELLO + b"\r\n"):
            await read_hello(connection)
        assert await trickle_until_ended(connection, more) == b""


async def test_what_was_answered_before_all_of_it_had_come_has_a_time_for_the_rest(
    pages: Pages, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_protocol, "HEAD_SECONDS", 0.2)
    async with connected(pages.address) as connection:
        await connection.send(HELLO + b"Content-Length: 1000\r\n\r\n")
        await read_hello(connection)
        assert await trickle_until_ended(connection, b"x") == b""
    async with connected(pages.address) as connection:
        await connection.send(HELLO + b"Content-Length: 2\r\n\r\n")
        await read_hello(connection)
        await connection.send(b"xx" + HELLO + b"\r\n")
        await read_hello(connection)


async def test_an_upgrade_behind_an_answer_that_goes_on_ends_both(pages: Pages) -> None:
    async with connected(pages.address) as connection:
        await connection.send(b"GET /slow HTTP/1.1\r\n" + HOST + b"\r\n")
        await connection.send(request("/slow"))
        assert b"101" not in await rest_of(connection)


async def test_a_connection_without_requests_is_kept_for_a_while() -> None:
    async with (
        serving_pages(keep_alive_seconds=1) as pages,
        connected(pages.address) as connection,
    ):
        for _ in range(2):
            await connection.send(HELLO + b"\r\n")
            await read_hello(connection)
        assert await connection.read_to_end() == b""


def test_a_connection_is_kept_for_longer_than_proxies_keep_it() -> None:
    """A form that a proxy sends in the moment in which we close is lost."""
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


async def test_a_body_that_is_broken_is_answered_and_its_application_told(pages: Pages) -> None:
    chunked = b"POST /size HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n"
    async with connected(pages.address) as connection:
        await connection.send(chunked)
        await pages.started.wait()
        await connection.send(b"no size\r\n")
        assert (await connection.read_to_end()).startswith(b"HTTP/1.1 400 ")
    assert pages.sizes == []


async def test_a_fault_in_the_middle_of_an_answer_cuts_it_off(pages: Pages) -> None:
    async with connected(pages.address) as connection:
        await connection.send(b"GET /slow HTTP/1.1\r\n" + HOST + b"\r\n")
        await connection.read_head()
        assert await connection.read(10) == b"5\r\nfirst\r\n"
        await connection.send(b"rubbish\r\n\r\n")
        assert b"\r\n" not in await rest_of(connection)


async def test_who_is_refused_may_go_on_sending_for_a_while_only(
    pages: Pages, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_connection, "LINGER_SECONDS", 0.2)
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


@pytest.mark.parametrize("protocol", [b"websocket", b"h2c"])
async def test_an_upgrade_to_what_is_not_spoken_is_a_request_like_any_other(
    pages: Pages, caplog: pytest.LogCaptureFixture, protocol: bytes
) -> None:
    upgrade = b"Upgrade: " + protocol + b"\r\nConnection: Upgrade\r\n\r\n"
    async with serving(pages.app()) as address, connected(address) as connection:
        for _ in range(2):
            await connection.send(HELLO + upgrade)
            await read_hello(connection)
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]
