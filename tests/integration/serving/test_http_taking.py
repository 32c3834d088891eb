"""Clients that do not read what is sent to them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from services.shared import http_connection
from tests.support.pages import CLOSE, HOST, MORE_THAN_KERNELS_HOLD, Pages, serving_pages
from tests.support.rude_client import Connection, connected

LARGE = b"GET /large HTTP/1.1\r\n" + HOST
KEPT = LARGE + b"\r\n"
CLOSED = LARGE + CLOSE
NEVER_PAUSED = 10 * MORE_THAN_KERNELS_HOLD


@asynccontextmanager
async def asleep(pages: Pages, data: bytes) -> AsyncIterator[Connection]:
    """Ask, and read nothing."""
    async with connected(pages.address) as connection:
        connection.writer.transport.pause_reading()  # type: ignore[attr-defined]  # it reads, too
        await connection.send(data)
        await pages.started.wait()
        yield connection


@pytest.mark.parametrize("data", [KEPT, CLOSED, KEPT * 3, KEPT * 100])
async def test_who_takes_nothing_is_cut_off(
    pages: Pages, monkeypatch: pytest.MonkeyPatch, data: bytes
) -> None:
    monkeypatch.setattr(http_connection, "TAKE_SECONDS", 0.1)
    async with asleep(pages, data):
        await pages.until_left()


async def test_who_takes_a_little_now_and_then_gets_all_of_it(
    pages: Pages, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_connection, "TAKE_SECONDS", 0.2)
    monkeypatch.setattr(http_connection, "TAKE_BYTES", 1)
    async with connected(pages.address) as connection:
        await connection.send(CLOSED)
        await connection.read_head()
        for _ in range(50):
            await connection.read(MORE_THAN_KERNELS_HOLD // 50)
            await asyncio.sleep(0.02)
        assert await connection.read_to_end() == b""


async def test_what_was_to_be_sent_at_the_end_has_its_time(
    pages: Pages, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_connection, "TAKE_SECONDS", 0.1)
    pages.high_mark = NEVER_PAUSED
    async with asleep(pages, CLOSED):
        await pages.until_left()


async def test_a_connection_without_requests_is_closed_though_nothing_is_taken(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(http_connection, "CLOSE_SECONDS", 0.1)
    async with serving_pages(keep_alive_seconds=1) as pages:
        pages.high_mark = NEVER_PAUSED
        async with asleep(pages, KEPT):
            await pages.until_left()


async def test_a_server_that_stops_does_not_wait_for_who_takes_nothing(
    pages: Pages, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_connection, "CLOSE_SECONDS", 0.1)
    pages.high_mark = NEVER_PAUSED
    async with asleep(pages, KEPT):
        await pages.until_answered()
        pages.protocols[0].shutdown()
        await pages.until_left()
