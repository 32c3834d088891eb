"""Chooses a connection's protocol by its first bytes: a fast path for WebSockets, else HTTP.

uvicorn makes a parser, a logger and a scope for each connection before it knows what is asked; for
a WebSocket that was a quarter of its handshake.
"""

import asyncio
from typing import Any, cast, override

from uvicorn.config import Config
from uvicorn.protocols.utils import get_remote_addr, is_ssl
from uvicorn.server import ServerState

from services.realtime.upgrade import http_protocol
from services.realtime.upgrade.deadline import Deadline
from services.realtime.upgrade.http_protocol import HEAD_BYTES, BoundedHttpProtocol
from services.realtime.upgrade.request_head import read_upgrade
from services.realtime.upgrade.websocket_protocol import hand_over
from services.realtime.websocket.handshake import UpgradeRequest


class ProtocolSniffer(asyncio.Protocol):
    """The `http=` class for uvicorn: lives until the first bytes come, at most ten seconds."""

    __slots__ = ("_app_state", "_config", "_deadline", "_server_state", "_transport")

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
        self._deadline = Deadline()

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's has no such base
        self._connections.add(self)
        self._deadline.set(http_protocol.HEAD_SECONDS, self._transport)

    @override
    def data_received(self, data: bytes) -> None:
        """Look at the first bytes, and hand the connection over."""
        self._connections.discard(self)
        found = read_upgrade(data) if len(data) <= HEAD_BYTES else None
        if found is None:
            self._hand_over_to_http(data)
            return
        self._deadline.cancel()
        target, headers = found
        scheme = "https" if is_ssl(self._transport) else "http"
        # Our own address is left out: it costs two system calls, and `Host` holds the name.
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

    def _hand_over_to_http(self, data: bytes) -> None:
        protocol = BoundedHttpProtocol(self._config, self._server_state, self._app_state)
        self._transport.set_protocol(protocol)
        protocol.take_over(self._transport, self._deadline)
        protocol.data_received(data)
