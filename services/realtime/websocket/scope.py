"""A handshake as the ASGI application sees it."""

import asyncio
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from starlette.types import Scope

from services.realtime.websocket.handshake import Handshake


def asgi_scope(
    handshake: Handshake, transport: asyncio.Transport, root_path: str, state: Mapping[str, Any]
) -> Scope:
    """Build the scope (ASGI, "WebSocket Connection Scope"), the application's to change."""
    raw_path, _, query = handshake.target.partition(b"?")
    path = raw_path.decode("ascii")
    return {
        "type": "websocket",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": "1.1",
        "scheme": "wss" if transport.get_extra_info("sslcontext") else "ws",
        "server": _address(transport, "sockname"),
        "client": _address(transport, "peername"),
        "root_path": root_path,
        "path": root_path + (unquote(path) if "%" in path else path),
        "raw_path": root_path.encode() + raw_path,
        "query_string": query,
        "headers": handshake.headers,
        "subprotocols": handshake.subprotocols,
        "state": dict(state),
        "extensions": {"websocket.http.response": {}},
    }


def _address(transport: asyncio.Transport, end: str) -> tuple[str, int] | None:
    """Return host and port of one end; a Unix socket's has neither."""
    address = transport.get_extra_info(end)
    return (address[0], address[1]) if isinstance(address, tuple) else None
