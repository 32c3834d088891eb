"""A handshake as the ASGI application sees it: its scope, and an answer in place of the upgrade."""

import re
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import unquote

from starlette.types import Message, Scope

from services.realtime.websocket.handshake import UpgradeRequest, http_answer

# The connection is closed after the answer, whose length is known: ours replace the application's.
OURS: Final = frozenset({b"connection", b"content-length", b"transfer-encoding"})
UNPRINTABLE: Final = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")


def asgi_scope(
    request: UpgradeRequest, subprotocols: list[str], root_path: str, state: Mapping[str, Any]
) -> Scope:
    """Build the scope of a WebSocket (ASGI, "WebSocket Connection Scope")."""
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


class DenialResponse:
    """Collects an HTTP answer in place of the upgrade (ASGI, "WebSocket Denial Response")."""

    __slots__ = ("_body", "_headers", "_status", "is_complete")

    def __init__(self, start: Message) -> None:
        self._status: int = start["status"]
        self._headers = [*start.get("headers", ())]
        self._body = b""
        self.is_complete = False
        for header in self._headers:
            if any(map(UNPRINTABLE.search, header)):
                raise RuntimeError("a header of the answer holds a control character")

    def add(self, part: Message) -> None:
        """Add a `websocket.http.response.body` message."""
        self._body += part.get("body", b"")
        self.is_complete = not part.get("more_body", False)

    def answer(self, defaults: list[tuple[bytes, bytes]]) -> bytes:
        """Write the whole answer, with the server's own headers in front."""
        headers = [(name.lower(), value) for name, value in self._headers]
        kept = [header for header in headers if header[0] not in OURS]
        return http_answer(self._status, [*defaults, *kept], self._body)
