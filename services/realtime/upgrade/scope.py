"""A handshake as the ASGI application sees it."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from starlette.types import Scope

from services.realtime.websocket.handshake import UpgradeRequest


def asgi_scope(
    request: UpgradeRequest, subprotocols: list[str], root_path: str, state: Mapping[str, Any]
) -> Scope:
    """Build the scope (ASGI, "WebSocket Connection Scope"), the application's to change."""
    raw_path, _, query = request.target.partition(b"?")
    path = raw_path.decode("ascii")
    return {
        "type": "websocket",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": "1.1",
        "scheme": "wss" if request.scheme == "https" else "ws",
        "server": request.server,
        "client": request.client,
        "root_path": root_path,
        "path": root_path + (unquote(path) if "%" in path else path),
        "raw_path": root_path.encode() + raw_path,
        "query_string": query,
        "headers": request.headers,
        "subprotocols": subprotocols,
        "state": dict(state),
        "extensions": {"websocket.http.response": {}},
    }
