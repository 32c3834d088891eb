"""A browser's request to open a WebSocket, and the check of the response."""

import base64
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

KEY: Final = base64.b64encode(bytes(range(16))).decode()
_END: Final = b"\r\n\r\n"


class RefusedError(Exception):
    """The server did not open the socket; the text is its status line."""


@dataclass(frozen=True, slots=True)
class Offer:
    """The request of one socket."""

    port: int
    path: str
    token: str | None = None
    since: str | None = None
    deflate: bool = False


def request(offer: Offer) -> bytes:
    """Write the opening handshake (RFC 6455, section 4.1) as a browser does."""
    query = f"?since={quote(offer.since)}" if offer.since else ""
    protocols = "turbo-stream.v1" + (f", t.{offer.token}" if offer.token else "")
    deflate = "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n"
    return (
        f"GET {offer.path}{query} HTTP/1.1\r\n"
        f"Host: 127.0.0.1:{offer.port}\r\n"
        "Connection: Upgrade\r\n"
        "Upgrade: websocket\r\n"
        f"Origin: http://127.0.0.1:{offer.port}\r\n"
        "Sec-WebSocket-Version: 13\r\n"
        f"Sec-WebSocket-Key: {KEY}\r\n"
        f"{deflate if offer.deflate else ''}"
        f"Sec-WebSocket-Protocol: {protocols}\r\n\r\n"
    ).encode()


def answer_end(data: bytes) -> int | None:
    """Return where the frames begin behind the server's answer; None while it is not all there.

    Raises RefusedError where the answer is anything but 101.
    """
    end = data.find(_END)
    if end < 0:
        return None
    if not data.startswith(b"HTTP/1.1 101"):
        raise RefusedError(data.partition(b"\r\n")[0].decode("latin-1"))
    return end + len(_END)
