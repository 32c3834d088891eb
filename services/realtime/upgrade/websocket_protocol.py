"""The protocol of a handshake: the ASGI application decides, then a held socket takes over."""

import asyncio
import logging
from typing import Any, Final, cast, override

from starlette.requests import HTTPConnection
from starlette.types import Message, Scope
from starlette.websockets import WebSocketDisconnect
from uvicorn.config import Config
from uvicorn.protocols.utils import ClientDisconnected
from uvicorn.server import ServerState

from services.realtime.upgrade.asgi import DenialResponse, asgi_scope
from services.realtime.websocket.faults import ABNORMAL
from services.realtime.websocket.handshake import (
    Handshake,
    HandshakeError,
    Headers,
    UpgradeRequest,
    http_answer,
    read_handshake,
    switching_protocols,
)
from services.realtime.websocket.held_socket import HeldSocket

EXTENSION: Final = "websocket.hold"
# A client must not send anything before it is answered (RFC 6455, section 4.1).
EARLY_BYTES: Final = 16 * 1024
PLAIN_TEXT: Final = (b"content-type", b"text/plain; charset=utf-8")

logger = logging.getLogger("uvicorn.error")


def hold(connection: HTTPConnection[Any], held: HeldSocket, subprotocol: str | None) -> None:
    """Answer the handshake and hand the connection over to `held`; the endpoint then returns.

    Raises `ConnectionError` if the client has gone, `ValueError` for a sub-protocol that it did not
    offer, and `RuntimeError` if the handshake was answered before.
    """
    protocol: WebSocketProtocol = connection.scope["extensions"][EXTENSION]
    protocol.hand_over(held, subprotocol)


def hand_over(
    config: Config,
    server_state: ServerState,
    app_state: dict[str, Any],
    transport: asyncio.Transport,
    request: UpgradeRequest,
    early: bytes,
) -> None:
    """Hand a connection over to the class of `ws=`, with its parsed head and the `early` bytes.

    uvicorn would write the head again, to be parsed once more, and lose the bytes that follow it.
    """
    make = cast(type[WebSocketProtocol], config.ws_protocol_class)
    protocol = make(config, server_state, app_state)
    transport.set_protocol(protocol)
    protocol.take_over(transport, request, early)


class WebSocketProtocol(asyncio.Protocol):
    """The `ws=` class for uvicorn: lives from the request to `hold`, or to the refusal."""

    __slots__ = (
        "_app_state",
        "_config",
        "_connect_sent",
        "_decided",
        "_denial",
        "_early",
        "_handshake",
        "_server_state",
        "_transport",
        "_waiting",
    )

    _transport: asyncio.Transport

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        self._config = config
        self._server_state = server_state
        self._app_state = app_state
        self._handshake: Handshake | None = None
        self._early = b""
        self._denial: DenialResponse | None = None
        self._decided = False  # held, answered, or gone
        self._connect_sent = False  # to the application
        self._waiting: asyncio.Future[None] | None = None

    def take_over(
        self, transport: asyncio.Transport, request: UpgradeRequest, early: bytes
    ) -> None:
        """Let the application decide about `request`; `early` is what followed it."""
        self._transport = transport
        self._connections.add(self)
        try:
            self._handshake = handshake = read_handshake(request)
        except HandshakeError as fault:
            self._refuse(fault.status, str(fault), fault.headers)
            return
        if early:
            self.data_received(early)
        if not self._decided:
            root_path, offered = self._config.root_path, handshake.subprotocols
            scope = asgi_scope(request, offered, root_path, self._app_state)
            scope["extensions"][EXTENSION] = self
            self._start(scope)

    @override
    def data_received(self, data: bytes) -> None:
        """Keep bytes that come before the answer, up to `EARLY_BYTES`."""
        if self._decided:
            return
        if len(self._early) + len(data) > EARLY_BYTES:
            self._refuse(400, "too much was sent before the answer")
        else:
            self._early += data

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self._connections.discard(self)
        self._mark_decided()

    def shutdown(self) -> None:
        """Refuse, because the server stops (called by uvicorn)."""
        self._refuse(503, "the server stops")

    def hand_over(self, held: HeldSocket, subprotocol: str | None) -> None:
        """Carry out `hold`."""
        if self._transport.is_closing():
            raise ConnectionError("the client has gone")
        if self._decided or self._handshake is None:
            raise RuntimeError("the handshake was answered before")
        if subprotocol is not None and subprotocol not in self._handshake.subprotocols:
            raise ValueError("the sub-protocol was not offered")
        self._transport.write(switching_protocols(self._handshake.key, subprotocol))
        self._connections.discard(self)
        self._mark_decided()
        limit = self._config.ws_max_size
        held.attach(self._transport, self._connections, limit, self._early)

    async def receive(self) -> Message:
        """Return `websocket.connect`, then, once all is decided, `websocket.disconnect`."""
        if not self._connect_sent:
            self._connect_sent = True
            return {"type": "websocket.connect"}
        if not self._decided:
            self._waiting = asyncio.get_running_loop().create_future()
            await self._waiting
        return {"type": "websocket.disconnect", "code": ABNORMAL, "reason": ""}

    async def send(self, message: Message) -> None:
        """Take the application's refusal; raise `RuntimeError` for any other message."""
        kind = message["type"]
        if kind == "websocket.accept":
            raise RuntimeError("this server's sockets are accepted by hold()")
        if self._decided:
            raise ClientDisconnected
        if kind == "websocket.close":
            self._refuse(403, "refused")
        elif kind == "websocket.http.response.start" and self._denial is None:
            self._denial = DenialResponse(message)
        elif kind == "websocket.http.response.body" and self._denial is not None:
            self._deny(self._denial, message)
        else:
            raise RuntimeError(f"{kind} has no place here")

    @property
    def _connections(self) -> set[asyncio.Protocol]:
        return cast(set[asyncio.Protocol], self._server_state.connections)

    def _start(self, scope: Scope) -> None:
        """Run the application; if it does not wait, it has ended when this returns."""
        loop = asyncio.get_running_loop()
        task = asyncio.Task(self._run(scope), loop=loop, eager_start=True)
        if not task.done():
            tasks = self._server_state.tasks
            tasks.add(task)
            task.add_done_callback(tasks.discard)

    async def _run(self, scope: Scope) -> None:
        try:
            await self._config.loaded_app(scope, self.receive, self.send)
        except Exception as error:
            # An application that answers a client that has gone is not at fault.
            if not (self._decided and isinstance(error, OSError | WebSocketDisconnect)):
                logger.exception("Exception in ASGI application")
        else:
            if not self._decided:
                logger.error("ASGI callable returned without hold() or an answer")
        finally:
            self._refuse(500, "Internal Server Error")

    def _deny(self, denial: DenialResponse, part: Message) -> None:
        denial.add(part)
        if denial.is_complete:
            self._answer(denial.answer(self._server_state.default_headers))

    def _refuse(self, status: int, reason: str, headers: Headers = ()) -> None:
        """Answer with a line of plain text, unless that was decided before."""
        if not self._decided:
            defaults = self._server_state.default_headers
            body = f"{reason}\n".encode()
            self._answer(http_answer(status, [*defaults, *headers, PLAIN_TEXT], body))

    def _answer(self, answer: bytes) -> None:
        self._mark_decided()
        self._transport.write(answer)
        self._transport.close()

    def _mark_decided(self) -> None:
        self._decided = True
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)
