"""The server's half of the opening handshake (RFC 6455, section 4.2)."""

import binascii
import hashlib
from collections.abc import Iterable, Sequence
from http import HTTPStatus
from typing import Final, NamedTuple

VERSION: Final = b"13"
KEY_BYTES: Final = 16
ONCE: Final = (b"host", b"sec-websocket-key", b"sec-websocket-version")
ACCEPT_SUFFIX: Final = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
SWITCHING: Final = (
    b"HTTP/1.1 101 Switching Protocols\r\n"
    b"upgrade: websocket\r\nconnection: Upgrade\r\nsec-websocket-accept: "
)

type Headers = Sequence[tuple[bytes, bytes]]

type Address = tuple[str, int | None] | None


class UpgradeRequest(NamedTuple):
    """The head of a request for another protocol: valid HTTP/1.1, header names in lower case."""

    method: bytes
    target: bytes
    headers: list[tuple[bytes, bytes]]
    scheme: str | None
    server: Address
    client: Address


class Handshake(NamedTuple):
    """What a client asks for."""

    key: bytes
    subprotocols: list[str]


class HandshakeError(Exception):
    """The request is answered with `status` in place of an upgrade."""

    def __init__(self, status: int, reason: str, headers: Headers = ()) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason
        self.headers = headers


def read_handshake(request: UpgradeRequest) -> Handshake:
    """Read a request for an upgrade; raise `HandshakeError` where it opens no WebSocket."""
    method, target, headers = request.method, request.target, request.headers
    if method != b"GET":
        raise HandshakeError(405, "GET is needed", [(b"allow", b"GET")])
    if not target.startswith(b"/") or not target.isascii():
        raise HandshakeError(400, "the target is no path")
    _check_single(headers)
    found = dict(headers)
    if found[b"sec-websocket-version"] != VERSION:
        answer = [(b"sec-websocket-version", VERSION)]
        raise HandshakeError(426, "version 13 is needed", answer)
    key = _checked_key(found[b"sec-websocket-key"])
    offered = b"sec-websocket-protocol" in found
    return Handshake(key, _subprotocols(headers) if offered else [])


def switching_protocols(key: bytes, subprotocol: str | None) -> bytes:
    """Write the answer that accepts a handshake."""
    digest = hashlib.sha1(key + ACCEPT_SUFFIX, usedforsecurity=False).digest()
    accept = binascii.b2a_base64(digest, newline=False)
    if subprotocol is None:
        return b"%b%b\r\n\r\n" % (SWITCHING, accept)
    name = subprotocol.encode()
    return b"%b%b\r\nsec-websocket-protocol: %b\r\n\r\n" % (SWITCHING, accept, name)


def http_answer(status: int, headers: Iterable[tuple[bytes, bytes]], body: bytes) -> bytes:
    """Write any other answer; it says that the connection is closed."""
    try:
        phrase = HTTPStatus(status).phrase.encode()
    except ValueError:
        phrase = b""
    head = [b"HTTP/1.1 %d %b" % (status, phrase)]
    head += [b"%b: %b" % header for header in headers]
    head += [b"content-length: %d" % len(body), b"connection: close", b"", body]
    return b"\r\n".join(head)


def _check_single(headers: Headers) -> None:
    names = [name for name, _ in headers]
    for name in ONCE:
        if names.count(name) != 1:
            raise HandshakeError(400, f"one {name.decode()} is needed")


def _checked_key(value: bytes) -> bytes:
    """Return the key as it was sent: 16 bytes in base64 (section 4.1)."""
    try:
        if len(binascii.a2b_base64(value, strict_mode=True)) == KEY_BYTES:
            return value
    except binascii.Error:
        pass
    raise HandshakeError(400, "sec-websocket-key is not 16 bytes in base64")


def _subprotocols(headers: Headers) -> list[str]:
    """Return what is offered, best first; several headers count as one list."""
    values = [value for name, value in headers if name == b"sec-websocket-protocol"]
    offered = (part.strip() for part in b",".join(values).decode("latin-1").split(","))
    return [part for part in offered if part]
