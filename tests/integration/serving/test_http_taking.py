"""Slow clients: they do not read what the gateway sends."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from services.realtime.upgrade import http_protocol
from tests.support.pages import CLOSE, HOST, MORE_THAN_KERNELS_HOLD, Pages, serving_pages
from tests.support.rude_client import Connection, connected
from tests.support.waiting import passed

LARGE = b"GET /large HTTP/1.1\r\n" + HOST
KEPT = LARGE + b"\r\n"
CLOSED = LARGE + CLOSE
NEVER_PAUSED = 10 * MORE_THAN_KERNELS_HOLD


@asynccontextmanager
async def asleep(pages: Pages, data: bytes) -> AsyncIterator[Connection]:
    """Send requests, and read nothing."""
    async with connected(pages.address) as connection:
        connection.writer.transport.pause_reading()  # type: ignore[attr-defined]  # it reads, too
        await connection.send(data)
        await pages.started.wait()
        yield connection


@pytest.mark.parametrize("data", [KEPT, CLOSED, KEPT * 3, KEPT * 100])
async def test_a_client_that_takes_nothing_is_cut_off(
    pages: Pages, monkeypatch: pytest.MonkeyPatch, data: bytes
) -> None:
    monkeypatch.setattr(http_protocol, "TAKE_SECONDS", 0.1)
    async with asleep(pages, data):
        await pages.until_left()


async def test_a_client_that_takes_everything_in_time_may_ask_again(
    pages: Pages, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_protocol, "TAKE_SECONDS", 0.5)
    async with connected(pages.address) as connection:
        for _ in range(2):
            await connection.send(KEPT)
            await connection.read_head()
            await connection.read(MORE_THAN_KERNELS_HOLD)
        await passed(0.6)
        await connection.send(CLOSED)
        await connection.read_head()
        await connection.read(MORE_THAN_KERNELS_HOLD)


async def test_the_last_bytes_have_their_time(
    pages: Pages, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_protocol, "TAKE_SECONDS", 0.1)
    pages.high_mark = NEVER_PAUSED
    async with asleep(pages, CLOSED):
        await pages.until_left()


async def test_an_idle_connection_of_a_slow_client_is_closed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(http_protocol, "CLOSE_SECONDS", 0.1)
    async with serving_pages(keep_alive_seconds=1) as pages:
        pages.high_mark = NEVER_PAUSED
        async with asleep(pages, KEPT):
            await pages.until_left()


async def test_a_server_that_stops_does_not_wait_for_slow_clients(
    pages: Pages, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_protocol, "CLOSE_SECONDS", 0.1)
    pages.high_mark = NEVER_PAUSED
    async with asleep(pages, KEPT):
        await pages.until_answered()
        pages.protocols[0].shutdown()
        await pages.until_left()
