"""Web's HTTP, by uvicorn: bodies that stall, and answers that slow clients do not take."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from itertools import product
from typing import Final

import pytest
import pytest_asyncio
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from services.web.errors import SlowBodyError
from services.web.middleware import deadlines
from services.web.middleware.deadlines import Deadlines
from tests.support.rude_client import Connection, connected
from tests.support.servers import serving
from tests.support.waiting import until

HOST: Final = b"Host: localhost\r\n"
CLOSE: Final = b"Connection: close\r\n\r\n"
CHUNKED: Final = b"Transfer-Encoding: chunked\r\n\r\n"
MEGABYTE: Final = b"x" * 1_000_000
needs_user_timeout = pytest.mark.skipif(
    not hasattr(socket, "TCP_USER_TIMEOUT"), reason="only Linux gives up what nobody takes"
)


class Watched:
    """ASGI middleware that lists the paths of the running requests."""

    def __init__(self, app: ASGIApp, running: set[str]) -> None:
        self._app = app
        self._running = running

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "the lifespan")
        self._running.add(path)
        try:
            await self._app(scope, receive, send)
        finally:
            self._running.discard(path)


@dataclass
class Site:
    """A site that reads bodies, refuses them unread, and answers without an end."""

    address: str = ""
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    sizes: list[int] = field(default_factory=list)
    begun: asyncio.Event = field(default_factory=asyncio.Event)
    running: set[str] = field(default_factory=set)
    produced: int = 0

    def app(self) -> Starlette:
        """Serve each at the path of its name."""
        names = ("size", "late", "unread", "endless", "large")
        methods = ["GET", "POST"]
        return Starlette(
            routes=[Route(f"/{name}", getattr(self, name), methods=methods) for name in names],
            middleware=[Middleware(Watched, running=self.running), Middleware(Deadlines)],
            exception_handlers={SlowBodyError: self.too_slow},
        )

    async def size(self, request: Request) -> Response:
        """Read the body."""
        self.begun.set()
        self.sizes.append(len(await request.body()))
        return PlainTextResponse(f"{self.sizes[-1]} bytes")

    async def late(self, request: Request) -> Response:
        """Wait before the body is read."""
        self.begun.set()
        await self.gate.wait()
        return await self.size(request)

    async def unread(self, _request: Request) -> Response:
        """Answer without reading the body."""
        return PlainTextResponse("unread")

    async def endless(self, _request: Request) -> Response:
        """Answer for as long as it is taken."""

        async def parts() -> AsyncIterator[bytes]:
            while True:
                self.produced += len(MEGABYTE)
                yield MEGABYTE

        return StreamingResponse(parts())

    async def large(self, _request: Request) -> Response:
        """Answer with more than the kernel buffers, in one part."""
        return PlainTextResponse(MEGABYTE * 15)

    async def too_slow(self, _request: Request, _error: Exception) -> Response:
        """Answer to a body that stalled."""
        return PlainTextResponse("too slow", 408)


@pytest_asyncio.fixture
async def site() -> AsyncIterator[Site]:
    site = Site()
    async with serving(site.app()) as site.address:
        yield site


def post(path: bytes, size: int, more: bytes = b"") -> bytes:
    """Write a head that announces so many bytes."""
    return b"POST %b HTTP/1.1\r\n%bContent-Length: %d\r\n%b\r\n" % (path, HOST, size, more)


async def test_a_body_that_stalls_is_answered_and_its_connection_closed(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deadlines, "BODY_SECONDS", 0.1)
    heads = (b"Content-Length: 1000000\r\n\r\nbegun", CHUNKED + b"f4240\r\nbegun")
    for path, head, more in product((b"/size", b"/unread"), heads, (b"", b"x")):
        request = b"POST " + path + b" HTTP/1.1\r\n" + HOST + head
        answer = await until(partial(answer_while_sending, site.address, request, more))
        assert answer.startswith(b"HTTP/1.1 408 " if path == b"/size" else b"HTTP/1.1 200 ")
        assert b"connection: close\r\n" in answer
        assert site.sizes == []
        assert site.running == {"the lifespan"}


async def test_a_body_may_take_long_if_it_does_not_stall(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deadlines, "BODY_SECONDS", 0.5)
    monkeypatch.setattr(deadlines, "BODY_BYTES_PER_SECOND", 0.1)
    async with connected(site.address) as connection:
        await connection.send(post(b"/size", 40, CLOSE[:-2]))
        for _ in range(40):
            await connection.send(b"x")
            await asyncio.sleep(0.02)
        assert (await connection.read_to_end()).endswith(b"40 bytes")


async def test_a_body_may_wait_for_an_application_that_takes_its_time(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deadlines, "BODY_SECONDS", 0.05)
    async with connected(site.address) as connection:
        asyncio.get_running_loop().call_later(0.2, site.gate.set)
        await connection.send(post(b"/late", len(MEGABYTE), CLOSE[:-2]) + MEGABYTE)
        assert (await connection.read_to_end()).endswith(b"1000000 bytes")


async def test_a_client_that_expects_100_continue_may_wait(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deadlines, "BODY_SECONDS", 0.05)
    async with connected(site.address) as connection:
        asyncio.get_running_loop().call_later(0.2, site.gate.set)
        await connection.send(post(b"/late", 5, b"Expect: 100-continue\r\n" + CLOSE[:-2]))
        assert (await connection.read_head()).startswith("HTTP/1.1 100 ")
        await connection.send(b"hello")
        assert (await connection.read_to_end()).endswith(b"5 bytes")


async def test_an_unread_body_is_read_before_its_answer(site: Site) -> None:
    """Otherwise the connection is reset, and the person does not see the answer."""
    async with connected(site.address) as connection:
        for _ in range(2):
            await connection.send(post(b"/unread", 10_000_000))
            for _ in range(10):
                await connection.send(MEGABYTE)
            assert "connection: close" not in await connection.read_head()
            assert await connection.read(6) == b"unread"


async def test_an_unread_body_is_read_up_to_a_limit(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deadlines, "UNREAD_BYTES", 100_000)
    async with connected(site.address) as connection:
        await connection.send(post(b"/unread", 10**12) + b"x" * 100_000)
        head = await connection.read_head()
        assert "connection: close\r\n" in head
        assert await connection.read(6) == b"unread"


async def test_a_body_that_was_held_back_is_not_requested_only_to_be_discarded(site: Site) -> None:
    async with connected(site.address) as connection:
        await connection.send(post(b"/unread", 5, b"Expect: 100-continue\r\n"))
        answer = await connection.read_to_end()
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert b"connection: close\r\n" in answer


async def test_an_answer_that_nobody_takes_is_cancelled_and_not_buffered(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deadlines, "TAKE_SECONDS", 0.2)
    async with asleep(site.address, b"GET /endless HTTP/1.1\r\n" + HOST + b"\r\n"):
        await until_ended(site, "/endless")
        produced = site.produced
        await asyncio.sleep(0.1)
    assert produced == site.produced < 20 * len(MEGABYTE)


@needs_user_timeout
async def test_an_answer_that_nobody_takes_is_given_up_with_its_connection(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """By itself uvicorn keeps it for ever: a transport closes when everything is sent."""
    monkeypatch.setattr(deadlines, "TAKE_SECONDS", 0.2)
    site = Site()
    async with AsyncExitStack() as stack:
        site.address = await stack.enter_async_context(serving(site.app(), untaken_seconds=0.2))
        connections = [
            await stack.enter_async_context(
                asleep(site.address, (b"GET " + path + b" HTTP/1.1\r\n" + HOST + b"\r\n") * count)
            )
            for path, count in product((b"/endless", b"/large"), (1, 3))
        ]
        for connection in connections:
            await until_gone(connection)


@asynccontextmanager
async def asleep(address: str, data: bytes) -> AsyncIterator[Connection]:
    """Send a request, and read nothing."""
    async with connected(address) as connection:
        connection.writer.transport.pause_reading()  # type: ignore[attr-defined]  # it reads, too
        await connection.send(data)
        yield connection


async def until_gone(connection: Connection) -> None:
    """Wait until what we send is answered with a reset: the other end is closed."""

    async def is_gone() -> bool:
        try:
            await connection.send(b"\r\n")
        except ConnectionError:
            return True
        return False

    await until(is_gone)


async def until_ended(site: Site, path: str) -> None:
    """Wait until that request has begun and ended."""

    async def has_ended() -> bool:
        return site.produced > 0 and path not in site.running

    await until(has_ended)


async def answer_while_sending(address: str, request: bytes, more: bytes) -> bytes:
    """Keep sending until the whole answer has come.

    Returns nothing if a reset came first: TCP sends one for data after the close.
    """
    async with connected(address) as connection, asyncio.TaskGroup() as tasks:
        await connection.send(request)
        sending = tasks.create_task(send_for_ever(connection, more))
        try:
            return await connection.read_to_end()
        except ConnectionResetError:
            if not more:
                raise
            return b""
        finally:
            sending.cancel()


async def send_for_ever(connection: Connection, more: bytes) -> None:
    with suppress(ConnectionError):
        while True:
            await connection.send(more)
            await asyncio.sleep(0.02)
