"""Where connections come in that may be WebSockets: those pass quickly, the others are HTTP's.

uvicorn makes a parser, a logger and a scope for each connection before it is known what it wants;
for a WebSocket that was a quarter of its handshake.
"""

import asyncio
from typing import Any, cast, override

from uvicorn.config import Config
from uvicorn.protocols.utils import get_remote_addr, is_ssl
from uvicorn.server import ServerState

from services.realtime.upgrade import http_protocol
from services.realtime.upgrade.http_protocol import HEAD_BYTES, BoundedHttpProtocol
from services.realtime.upgrade.request import read_upgrade
from services.realtime.upgrade.websocket import hand_over
from services.realtime.websocket.handshake import UpgradeRequest


class FrontDoor(asyncio.Protocol):
    """The `http=` class for uvicorn: lives until the first bytes come, at most ten seconds."""

    __slots__ = ("_app_state", "_config", "_deadline", "_server_state", "_transport")

    _transport: asyncio.Transport
    _deadline: asyncio.TimerHandle

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

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's has no such base
        self._connections.add(self)
        loop = asyncio.get_running_loop()
        self._deadline = loop.call_later(http_protocol.HEAD_SECONDS, self._transport.abort)

    @override
    def data_received(self, data: bytes) -> None:
        """Look at what comes first, and give the connection away."""
        self._connections.discard(self)
        found = read_upgrade(data) if len(data) <= HEAD_BYTES else None
        if found is None:
            self._let_in_by_http(data)
            return
        self._deadline.cancel()
        target, headers = found
        scheme = "https" if is_ssl(self._transport) else "http"
        # Our own address would cost two calls of the system, and `Host` says what it is called.
        client = get_remote_addr(self._transport)
        request = UpgradeRequest(b"GET", target, headers, scheme, None, client)
        hand_over(self._config, self._server_state, self._app_state, self._transport, request, b"")

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self._deadline.cancel()
        self._connections.discard(self)

    def shutdown(self) -> None:
        """Close, because the server stops (called by uvicorn)."""
        self._transport.close()

    @property
    def _connections(self) -> set[asyncio.Protocol]:
        return cast(set[asyncio.Protocol], self._server_state.connections)

    def _let_in_by_http(self, data: bytes) -> None:
        protocol = BoundedHttpProtocol(self._config, self._server_state, self._app_state)
        self._transport.set_protocol(protocol)
        protocol.let_in(self._transport, self._deadline)
        protocol.data_received(data)
