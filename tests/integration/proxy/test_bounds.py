"""Clients that take their time, or too much room: what the proxy ends, and what web behind it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from services.web.app import MAX_BODY_BYTES
from services.web.middleware import deadlines
from services.web.middleware.deadlines import UNREAD_BYTES, Deadlines
from tests.integration.proxy.proxied import Proxied, proxied
from tests.integration.web.pages import new_chat
from tests.support.pages import trickle_until_ended
from tests.support.rude_client import Connection, connected
from tests.support.servers import serving
from tests.support.stack import Web
from tests.support.waiting import DEADLINE_SECONDS

HOST = b"Host: localhost\r\n"
GET = b"GET /chat/1/message/list/ HTTP/1.1\r\n" + HOST + b"\r\n"
FORM = b"Content-Type: application/x-www-form-urlencoded\r\n"
POST = b"POST /chat/1/message/create/ HTTP/1.1\r\n" + HOST + FORM
UNREAD = b"POST /chat/ HTTP/1.1\r\n" + HOST
LENGTH = b"Content-Length: 1000\r\n\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n\r\n"
MEGABYTE = b"x" * 1_000_000


@dataclass
class Service:
    """Sends without an end, and reads bodies; it knows which of them were broken off."""

    sent: asyncio.Event = field(default_factory=asyncio.Event)
    broken: asyncio.Event = field(default_factory=asyncio.Event)

    def app(self) -> Starlette:
        return Starlette(
            routes=[Route("/endless", self.endless), Route("/read", self.read, methods=["POST"])],
            middleware=[Middleware(Deadlines)],
        )

    async def endless(self, _request: Request) -> Response:
        async def parts() -> AsyncIterator[bytes]:
            try:
                while True:
                    yield MEGABYTE
                    await asyncio.sleep(0)  # that its end is noticed
            finally:
                self.sent.set()

        return StreamingResponse(parts())

    async def read(self, request: Request) -> Response:
        try:
            return PlainTextResponse(f"{len(await request.body())} bytes")
        except ClientDisconnect:
            self.broken.set()
            raise


@asynccontextmanager
async def proxied_service(folder: Path, **settings: str) -> AsyncIterator[tuple[Service, Proxied]]:
    service = Service()
    async with (
        serving(service.app()) as address,
        proxied(folder, web=address, **settings) as site,
    ):
        yield service, site


@pytest.mark.parametrize("said", [b"", b"GET / HT", b"GET / HTTP/1.1\r\n" + HOST])
async def test_a_head_that_does_not_get_on_is_given_up(tmp_path: Path, said: bytes) -> None:
    async with (
        proxied(tmp_path, PROXY_READ_HEADER="200ms") as site,
        connected(site.address) as connection,
    ):
        await connection.send(said)
        assert (await connection.read_to_end())[:13] in {b"", b"HTTP/1.1 400 "}


async def test_a_head_that_trickles_is_given_up(tmp_path: Path) -> None:
    async with (
        proxied(tmp_path, PROXY_READ_HEADER="500ms") as site,
        connected(site.address) as connection,
    ):
        await connection.send(b"GET / HTTP/1.1\r\n" + HOST)
        assert await trickle_until_ended(connection, b"A: b\r\n") == b""


async def test_a_head_that_is_too_large_is_refused(tmp_path: Path) -> None:
    async with proxied(tmp_path) as site, connected(site.address) as connection:
        await connection.send(b"GET / HTTP/1.1\r\n" + HOST + b"A: " + b"b" * 30_000)
        assert (await connection.read_to_end()).startswith(b"HTTP/1.1 431 ")


async def test_a_connection_on_which_nothing_is_asked_ends(tmp_path: Path, web: Web) -> None:
    async with (
        proxied(tmp_path, web=web.address, PROXY_IDLE="200ms") as site,
        connected(site.address) as connection,
    ):
        await connection.send(GET)
        answer = await connection.read_to_end()
        assert answer.startswith(b"HTTP/1.1 404 ")
        assert b"\r\nConnection: close" not in answer


@pytest.mark.parametrize("framing", [LENGTH, CHUNKED], ids=["length", "chunked"])
@pytest.mark.parametrize(("head", "status"), [(POST, 408), (UNREAD, 303)], ids=["read", "unread"])
async def test_a_body_that_trickles_is_answered_by_web_and_ends(
    tmp_path: Path,
    web: Web,
    monkeypatch: pytest.MonkeyPatch,
    head: bytes,
    status: int,
    framing: bytes,
) -> None:
    await new_chat(web)
    monkeypatch.setattr(deadlines, "BODY_SECONDS", 0.5)
    short = {"PROXY_READ_BODY_IDLE": "1s", "PROXY_READ_HEADER": "1s", "PROXY_IDLE": "1s"}
    async with (
        proxied(tmp_path, web=web.address, **short) as site,
        connected(site.address) as connection,
        asyncio.TaskGroup() as tasks,
    ):
        await connection.send(head + framing)
        more = b"x" if framing == LENGTH else b"1\r\nx\r\n"
        sending = tasks.create_task(send_for_ever(connection, more))
        answer = await connection.read_to_end()
        sending.cancel()
    assert answer.startswith(b"HTTP/1.1 %d " % status)
    if framing == CHUNKED:  # else Go takes the rest for the head of a request, and ends that
        assert answer.count(b"HTTP/1.1 ") == 1


@pytest.mark.parametrize("framing", [LENGTH, CHUNKED], ids=["length", "chunked"])
async def test_a_body_that_never_begins_is_answered_by_web_and_ends(
    tmp_path: Path, web: Web, monkeypatch: pytest.MonkeyPatch, framing: bytes
) -> None:
    await new_chat(web)
    monkeypatch.setattr(deadlines, "BODY_SECONDS", 0.5)
    short = {"PROXY_READ_BODY_IDLE": "1s", "PROXY_IDLE": "1s"}
    async with (
        proxied(tmp_path, web=web.address, **short) as site,
        connected(site.address) as connection,
    ):
        await connection.send(POST + framing)
        assert (await connection.read_to_end()).startswith(b"HTTP/1.1 408 ")


@pytest.mark.parametrize("framing", [LENGTH, CHUNKED], ids=["length", "chunked"])
async def test_a_body_for_which_web_would_wait_longer_is_broken_off_there(
    tmp_path: Path, framing: bytes
) -> None:
    async with (
        proxied_service(tmp_path, PROXY_READ_BODY_IDLE="200ms") as (service, site),
        connected(site.address) as connection,
    ):
        await connection.send(b"POST /read HTTP/1.1\r\n" + HOST + framing)
        async with asyncio.timeout(DEADLINE_SECONDS):
            await service.broken.wait()


async def test_a_slow_body_that_gets_on_arrives(tmp_path: Path) -> None:
    async with (
        proxied_service(tmp_path, PROXY_READ_BODY_IDLE="5s") as (_, site),
        connected(site.address) as connection,
    ):
        length = b"Connection: close\r\nContent-Length: 40\r\n\r\n"
        await connection.send(b"POST /read HTTP/1.1\r\n" + HOST + length)
        for _ in range(40):
            await connection.send(b"x")
            await asyncio.sleep(0.02)
        assert (await connection.read_to_end()).endswith(b"40 bytes")


async def test_web_says_itself_what_is_too_large_for_it(tmp_path: Path, web: Web) -> None:
    async with proxied(tmp_path, web=web.address) as site, connected(site.address) as connection:
        size = MAX_BODY_BYTES + 1
        await connection.send(POST + b"Content-Length: %d\r\n\r\n" % size + b"x" * size)
        assert (await connection.read_head()).startswith("HTTP/1.1 413 ")
        assert b"<html" in await connection.read(200)


@pytest.mark.parametrize("framing", [b"Content-Length: 50000000\r\n\r\n", CHUNKED])
async def test_a_body_that_nobody_would_read_is_refused(
    tmp_path: Path, web: Web, framing: bytes
) -> None:
    await new_chat(web)
    async with (
        proxied(tmp_path, web=web.address) as site,
        connected(site.address) as connection,
        asyncio.TaskGroup() as tasks,
    ):
        await connection.send(POST + framing)
        await connection.send(b"%x\r\n" % (2 * UNREAD_BYTES) if framing == CHUNKED else b"")
        sending = tasks.create_task(send_for_ever(connection, MEGABYTE))
        head = await connection.read_head()
        sending.cancel()
    assert head.startswith("HTTP/1.1 413 ")
    assert "\r\nConnection: close\r\n" in head


async def test_an_answer_that_nobody_takes_ends_everywhere(tmp_path: Path) -> None:
    async with (
        proxied_service(tmp_path, PROXY_WRITE_IDLE="500ms") as (service, site),
        connected(site.address) as connection,
    ):
        connection.writer.transport.pause_reading()  # type: ignore[attr-defined]  # it reads, too
        await connection.send(b"GET /endless HTTP/1.1\r\n" + HOST + b"\r\n")
        async with asyncio.timeout(DEADLINE_SECONDS):
            await service.sent.wait()
        await send_for_ever(connection, b"\r\n")  # until it is answered with a reset


async def test_an_answer_that_is_taken_slowly_goes_on(tmp_path: Path) -> None:
    async with (
        proxied_service(tmp_path, PROXY_WRITE_IDLE="500ms") as (service, site),
        connected(site.address) as connection,
    ):
        await connection.send(b"GET /endless HTTP/1.1\r\n" + HOST + b"\r\n")
        for _ in range(10):
            await connection.read(2_000_000)
            await asyncio.sleep(0.1)
        assert not service.sent.is_set()


async def send_for_ever(connection: Connection, more: bytes) -> None:
    """Send a little now and then, until nobody has the other end any more."""
    with suppress(ConnectionError):
        while True:
            await connection.send(more)
            await asyncio.sleep(0.02)
