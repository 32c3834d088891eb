"""The beginning of a WebSocket (RFC 6455, section 4.1), as a client writes and reads it."""

import base64
import os
import re
from dataclasses import dataclass
from typing import Final

SWITCHING: Final = 101
_STATUS: Final = re.compile(rb"HTTP/1\.1 (\d{3})")


class RefusedError(Exception):
    """The gateway answered the handshake with something other than an upgrade."""

    def __init__(self, status: int) -> None:
        super().__init__(f"refused with status {status}")
        self.status = status


@dataclass(frozen=True, slots=True)
class Request:
    """Where to connect: `path` carries its query; `source` is the address to come from."""

    address: str
    path: str
    protocols: tuple[str, ...] = ()
    source: str | None = None

    def head(self) -> bytes:
        """Write the handshake."""
        key = base64.b64encode(os.urandom(16)).decode()
        lines = [
            f"GET {self.path} HTTP/1.1",
            f"Host: {self.address}",
            "Upgrade: websocket",
            "Connection: Upgrade",
            f"Sec-WebSocket-Key: {key}",
            "Sec-WebSocket-Version: 13",
        ]
        if self.protocols:
            lines.append(f"Sec-WebSocket-Protocol: {', '.join(self.protocols)}")
        return "\r\n".join([*lines, "", ""]).encode()


def check_status(head: bytes) -> None:
    """Raise `RefusedError` unless this head of an answer begins a WebSocket."""
    found = _STATUS.match(head)
    status = int(found[1]) if found else 0
    if status != SWITCHING:
        raise RefusedError(status)
