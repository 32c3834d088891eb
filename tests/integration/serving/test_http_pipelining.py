"""Requests that are sent without waiting for the answers before them."""

import asyncio
import logging

import pytest

from services.shared import http_protocol
from services.shared.http_protocol import MAX_WAITING
from tests.support.pages import CLOSE, HELLO, HOST, Pages, read_hello
from tests.support.rude_client import Connection, connected
from tests.support.waiting import DEADLINE_SECONDS, until

MANY = (HELLO + b"\r\n") * 3000
SLOW = b"GET /slow HTTP/1.1\r\n" + HOST + b"\r\n"
UNREAD = b"GET /unread HTTP/1.1\r\n" + HOST + b"\r\n"


async def until_waiting(pages: Pages, number: int) -> None:
    async def are_waiting() -> bool:
        return len(pages.protocols[0].pipeline) >= number

    await pages.started.wait()
    await until(are_waiting)


async def test_a_few_wait_and_the_last_of_them_is_told_that_no_more_are_answered(
    pages: Pages,
) -> None:
    async with connected(pages.address) as connection:
        await connection.send(UNREAD + MANY)
        await until_waiting(pages, MAX_WAITING)
        pages.gate.set()
        *others, last = (await connection.read_to_end()).split(b"HTTP/1.1 200 ")[1:]
    assert len(others) == MAX_WAITING
    assert b"connection: close\r\n" in last
    assert b"connection: close\r\n" not in b"".join(others)


async def test_no_more_wait_behind_an_answer_that_goes_on(pages: Pages) -> None:
    async with connected(pages.address) as connection:
        await connection.send(SLOW)
        await read_first(connection)
        for _ in range(3):
            await connection.send(MANY)
        await until_waiting(pages, MAX_WAITING)
        assert len(pages.protocols[0].pipeline) == MAX_WAITING
        pages.gate.set()
        assert (await connection.read_to_end()).count(b"HTTP/1.1 200 ") == MAX_WAITING


@pytest.mark.parametrize("waiting", [1, 3])
async def test_a_running_application_is_told_that_its_client_left_with_others_waiting(
    pages: Pages, caplog: pytest.LogCaptureFixture, waiting: int
) -> None:
    async with connected(pages.address) as connection:
        await connection.send(SLOW + (HELLO + b"\r\n") * waiting)
        await read_first(connection)
        await until_waiting(pages, waiting)
        connection.reset()
        async with asyncio.timeout(DEADLINE_SECONDS):
            await pages.ended.wait()
    await pages.until_left()
    assert len(pages.protocols) == 1
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]


async def test_a_head_that_waits_for_us_has_no_deadline(
    pages: Pages, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_protocol, "HEAD_SECONDS", 0.1)
    async with connected(pages.address) as connection:
        await connection.send(UNREAD + HELLO + b"\r\n" + HELLO)
        await until_waiting(pages, 1)
        asyncio.get_running_loop().call_later(0.4, pages.gate.set)
        await read_hello(connection)
        await read_hello(connection)
        await connection.send(CLOSE)
        await read_hello(connection)


async def test_an_answer_gives_no_deadline_to_the_body_of_the_request_behind_it(
    pages: Pages, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_protocol, "HEAD_SECONDS", 0.1)
    async with connected(pages.address) as connection:
        await connection.send(UNREAD + b"POST /size HTTP/1.1\r\n" + HOST)
        await connection.send(b"Content-Length: 2\r\n" + CLOSE + b"x")
        await until_waiting(pages, 1)
        pages.gate.set()
        await read_hello(connection)
        await asyncio.sleep(0.4)
        await connection.send(b"x")
        assert (await connection.read_to_end()).endswith(b"2 bytes")


async def read_first(connection: Connection) -> None:
    """Read what `/slow` answers before its gate."""
    await connection.read_head()
    assert await connection.read(10) == b"5\r\nfirst\r\n"
