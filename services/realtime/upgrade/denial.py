"""An HTTP answer in place of the upgrade (ASGI extension "websocket.http.response")."""

import re
from typing import Final

from starlette.types import Message

from services.realtime.websocket.handshake import http_answer

# We close the connection and know the length: what the application says of these is dropped.
OURS: Final = frozenset({b"connection", b"content-length", b"transfer-encoding"})
UNPRINTABLE: Final = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")


class Denial:
    """Collects one answer; `finished` once its last part is there."""

    __slots__ = ("_body", "_headers", "_status", "finished")

    def __init__(self, start: Message) -> None:
        self._status: int = start["status"]
        self._headers = [*start.get("headers", ())]
        self._body = b""
        self.finished = False
        for header in self._headers:
            if any(map(UNPRINTABLE.search, header)):
                raise RuntimeError("a header of the answer holds a control character")

    def add(self, part: Message) -> None:
        """Add what one `websocket.http.response.body` brings."""
        self._body += part.get("body", b"")
        self.finished = not part.get("more_body", False)

    def answer(self, defaults: list[tuple[bytes, bytes]]) -> bytes:
        """Write the whole answer, with the server's own headers in front."""
        headers = [(name.lower(), value) for name, value in self._headers]
        kept = [header for header in headers if header[0] not in OURS]
        return http_answer(self._status, [*defaults, *kept], self._body)
