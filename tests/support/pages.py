"""A small application behind the gateway's HTTP: it greets, waits, and sends much."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from services.realtime.upgrade.http_protocol import ABORT, BoundedHttpProtocol
from services.realtime.upgrade.websocket_protocol import WebSocketProtocol
from tests.support.rude_client import Connection
from tests.support.servers import FOR_EVER_SECONDS, serving
from tests.support.waiting import until

HOST = b"Host: localhost\r\n"
HELLO = b"GET /hello HTTP/1.1\r\n" + HOST
CLOSE = b"Connection: close\r\n\r\n"
MORE_THAN_KERNELS_HOLD = 15_000_000


@dataclass
class Pages:
    """The application's memory; `gate` is what `/slow` and `/late` wait for."""

    address: str = ""
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    started: asyncio.Event = field(default_factory=asyncio.Event)
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    protocols: list[BoundedHttpProtocol] = field(default_factory=list)
    high_mark: int | None = None

    def app(self) -> Starlette:
        """Serve each at the path of its name."""
        names = ("hello", "slow", "late", "large")
        methods = ["GET", "POST"]
        return Starlette(
            routes=[Route(f"/{name}", getattr(self, name), methods=methods) for name in names]
        )

    async def hello(self, request: Request) -> Response:
        """Answer at once."""
        self._note(request)
        return PlainTextResponse("hello")

    async def slow(self, request: Request) -> Response:
        """Answer in two parts, and look whether the client leaves in between."""
        self._note(request)

        async def parts() -> AsyncIterator[bytes]:
            try:
                yield b"first"
                await self.gate.wait()
                yield b"second"
            finally:
                self.ended.set()

        return StreamingResponse(parts())

    async def late(self, request: Request) -> Response:
        """Think before an answer."""
        self._note(request)
        await self.gate.wait()
        return PlainTextResponse("hello")

    async def large(self, request: Request) -> Response:
        """Answer with more than goes into the kernel's buffers."""
        link = self._note(request)
        if self.high_mark is not None:
            link.set_write_buffer_limits(high=self.high_mark)
        return PlainTextResponse(b"x" * MORE_THAN_KERNELS_HOLD)

    def _note(self, request: Request) -> Any:  # a transport, uvloop's or asyncio's
        link = request.scope["extensions"][ABORT].__self__
        self.protocols.append(link.get_protocol())
        self.started.set()
        return link

    async def until_answered(self) -> None:
        """Wait until no application runs."""

        async def none_runs() -> bool:
            return not any(protocol.tasks for protocol in self.protocols)

        await until(none_runs)

    async def until_left(self) -> None:
        """Wait until no connection is open on which something was asked."""

        async def all_left() -> bool:
            return all(protocol not in protocol.connections for protocol in self.protocols)

        await until(all_left)


@asynccontextmanager
async def serving_pages(*, keep_alive_seconds: int = FOR_EVER_SECONDS) -> AsyncIterator[Pages]:
    """Serve all of these, behind the front door."""
    pages = Pages()
    async with serving(
        pages.app(), websockets=WebSocketProtocol, keep_alive_seconds=keep_alive_seconds
    ) as pages.address:
        yield pages


async def read_hello(connection: Connection) -> None:
    """Read an answer of `/hello`."""
    head = await connection.read_head()
    assert head.startswith("HTTP/1.1 200 ")
    assert await connection.read(5) == b"hello"


async def trickle_until_ended(connection: Connection, more: bytes) -> bytes:
    """Send a little now and then; return what came before the server ended it."""
    with suppress(ConnectionError):
        while not connection.reader.at_eof():
            await connection.send(more)
            await asyncio.sleep(0.02)
    return await rest_of(connection)


async def rest_of(connection: Connection) -> bytes:
    """Read to the end, which may be a reset."""
    try:
        return await connection.read_to_end()
    except ConnectionResetError:
        return b""
