"""Requests that are sent before the answer to the one before them has come."""

import asyncio
import logging

import pytest

from tests.support.pages import CLOSE, HELLO, HOST, Pages, read_hello
from tests.support.rude_client import Connection, connected, request
from tests.support.waiting import DEADLINE_SECONDS, until

LATE = b"GET /late HTTP/1.1\r\n" + HOST + b"\r\n"
SLOW = b"GET /slow HTTP/1.1\r\n" + HOST + b"\r\n"
BEHIND = [
    HELLO + b"\r\n",
    HELLO,
    (HELLO + b"\r\n") * 3000,
    request("/hello"),
    b"POST /hello HTTP/1.1\r\n" + HOST + b"Content-Length: 5\r\n\r\nhello",
    b"rubbish\r\n\r\n",
    b"x" * 1_000_000,
]


@pytest.mark.parametrize("behind", BEHIND)
async def test_a_pipelined_request_is_not_answered_and_the_answer_before_it_closes_the_connection(
    pages: Pages, behind: bytes
) -> None:
    async with connected(pages.address) as connection:
        await connection.send(LATE)
        await pages.started.wait()
        await connection.send(behind)
        await until_passed_over(pages)
        pages.gate.set()
        answer = await connection.read_to_end()
    assert answer.count(b"HTTP/1.1 ") == 1
    assert b"connection: close\r\n" in answer
    assert answer.endswith(b"\r\n\r\nhello")
    assert len(pages.protocols) == 1


@pytest.mark.parametrize("behind", BEHIND)
async def test_a_started_answer_is_completed_and_is_the_last(pages: Pages, behind: bytes) -> None:
    async with connected(pages.address) as connection:
        await connection.send(SLOW)
        await read_first(connection)
        await connection.send(behind)
        await until_passed_over(pages)
        pages.gate.set()
        assert await connection.read_to_end() == b"6\r\nsecond\r\n0\r\n\r\n"
    assert len(pages.protocols) == 1


@pytest.mark.parametrize("wish", [b"Upgrade: h2c\r\nConnection: Upgrade\r\n", b""])
@pytest.mark.parametrize("count", [1, 2, 100])
async def test_no_request_is_lost_after_an_upgrade_that_is_ignored(
    pages: Pages, wish: bytes, count: int
) -> None:
    """The connection's next answer would be taken for the missing one."""
    later = b"GET /nothing HTTP/1.1\r\n" + HOST + wish + b"\r\n"
    async with connected(pages.address) as connection:
        await connection.send(HELLO + wish + b"\r\n" + later * count)
        head = await connection.read_head()
        assert head.startswith("HTTP/1.1 200 ")
        assert "connection: close\r\n" in head
        assert await connection.read_to_end() == b"hello"


async def test_requests_for_an_upgrade_that_is_not_taken_are_answered_one_after_another(
    pages: Pages, caplog: pytest.LogCaptureFixture
) -> None:
    async with connected(pages.address) as connection:
        for _ in range(3):
            await connection.send(HELLO + b"Upgrade: h2c\r\nConnection: Upgrade\r\n\r\n")
            await read_hello(connection)
        await connection.send(HELLO + CLOSE)
        await read_hello(connection)
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]


async def test_empty_lines_after_a_request_are_ignored(
    pages: Pages, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.realtime.upgrade.http_protocol.HEAD_SECONDS", 0.1)
    async with connected(pages.address) as connection:
        await connection.send(SLOW)
        await read_first(connection)
        await connection.send(b"\r\n\r\n")
        await asyncio.sleep(0.3)
        pages.gate.set()
        assert await connection.read(16) == b"6\r\nsecond\r\n0\r\n\r\n"
        await connection.send(HELLO + b"\r\n")
        await read_hello(connection)


async def test_a_running_application_learns_that_its_client_left_pipelined_requests(
    pages: Pages, caplog: pytest.LogCaptureFixture
) -> None:
    async with connected(pages.address) as connection:
        await connection.send(SLOW + (HELLO + b"\r\n") * 3)
        await read_first(connection)
        connection.reset()
        async with asyncio.timeout(DEADLINE_SECONDS):
            await pages.ended.wait()
    await pages.until_left()
    assert len(pages.protocols) == 1
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]


async def until_passed_over(pages: Pages) -> None:
    """Wait until the server has noticed that more has come."""

    async def is_last() -> bool:
        return not pages.protocols[0].cycle.keep_alive

    await until(is_last)


async def read_first(connection: Connection) -> None:
    """Read the part of the answer of `/slow` before its gate."""
    await connection.read_head()
    assert await connection.read(10) == b"5\r\nfirst\r\n"
