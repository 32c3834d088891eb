"""A small application on held sockets: it echoes, refuses, waits, and goes wrong when asked to."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import override

from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket

from services.realtime.upgrade.websocket_protocol import WebSocketProtocol, hold
from services.realtime.websocket.frames import TEXT, binary_frame, text_frame
from services.realtime.websocket.held_socket import HeldSocket
from tests.support.servers import FOR_EVER_SECONDS, serving

SUBPROTOCOL = "turbo-stream.v1"


class EchoSocket(HeldSocket):
    """Sends back what comes, and remembers how it ended."""

    __slots__ = ("codes", "pongs")

    def __init__(self) -> None:
        super().__init__()
        self.codes: list[int] = []
        self.pongs: list[bytes] = []

    @override
    def message_received(self, opcode: int, payload: bytes) -> None:
        self.send(text_frame(payload) if opcode == TEXT else binary_frame(payload))

    @override
    def pong_received(self, payload: bytes) -> None:
        self.pongs.append(payload)

    @override
    def closed(self, code: int) -> None:
        self.codes.append(code)


@dataclass
class Echo:
    """The application's memory; `gate` is what `/late` waits for."""

    address: str = ""
    sockets: list[EchoSocket] = field(default_factory=list)
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    waiting: asyncio.Event = field(default_factory=asyncio.Event)
    outcomes: list[str] = field(default_factory=list)

    def hold(self, socket: WebSocket) -> None:
        """Hold as every endpoint here does."""
        held = EchoSocket()
        self.sockets.append(held)
        hold(socket, held, SUBPROTOCOL if SUBPROTOCOL in socket.scope["subprotocols"] else None)

    async def echo(self, socket: WebSocket) -> None:
        """Hold at once."""
        self.hold(socket)

    async def late(self, socket: WebSocket) -> None:
        """Hold once the gate is open; say whether that went well."""
        self.waiting.set()
        await self.gate.wait()
        try:
            self.hold(socket)
        except ConnectionError:
            self.outcomes.append("the peer has gone")
            raise
        self.outcomes.append("held")

    async def watch(self, socket: WebSocket) -> None:
        """Wait until the server says that the client has gone, and try to hold it all the same."""
        self.waiting.set()
        self.outcomes.append((await socket.receive())["type"])
        self.outcomes.append((await socket.receive())["type"])
        await self.late(socket)

    async def deny(self, socket: WebSocket) -> None:
        """Answer with HTTP in place of an upgrade."""
        headers = {"x-why": "no"}
        await socket.send_denial_response(PlainTextResponse("no such group\n", 404, headers))

    async def twice(self, socket: WebSocket) -> None:
        """Hold, and then hold again."""
        self.hold(socket)
        self.hold(socket)

    async def accept(self, socket: WebSocket) -> None:
        """Do as one does with other servers."""
        await socket.accept()

    async def close(self, socket: WebSocket) -> None:
        """Close before anything was held."""
        await socket.close()

    async def forget(self, socket: WebSocket) -> None:
        """Neither hold nor answer."""

    async def fail(self, socket: WebSocket) -> None:
        """Raise."""
        raise ValueError(f"{socket.url.path}: no application is perfect")


@asynccontextmanager
async def echoing(*, keep_alive_seconds: int = FOR_EVER_SECONDS) -> AsyncIterator[Echo]:
    """Serve all of these, each at the path of its name."""
    echo = Echo()
    names = ("echo", "late", "watch", "deny", "twice", "accept", "close", "forget", "fail")
    app = Starlette(routes=[WebSocketRoute(f"/{name}", getattr(echo, name)) for name in names])
    async with serving(
        app, websockets=WebSocketProtocol, keep_alive_seconds=keep_alive_seconds
    ) as echo.address:
        yield echo
