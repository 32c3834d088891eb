"""Heads of requests: a fast path for those that ask for a WebSocket, and checks of all.

Reference: RFC 9112, sections 3, 5 and 6.3; RFC 6455, section 4.1.
"""

import re
from typing import Final

from services.realtime.websocket.handshake import Headers

# Only what clients do send; the HTTP parser reads everything else that HTTP allows.
HEAD: Final = re.compile(
    rb"GET (/[A-Za-z0-9\-._~:/?\[\]@!$&'()*+,;=%]*) HTTP/1\.1\r\n"
    rb"((?:[A-Za-z0-9-]+: [!-~](?:[ -~]*[!-~])?\r\n)+)\r\n"
)
CONTENT: Final = frozenset({b"content-length", b"transfer-encoding", b"expect"})
ABSOLUTE: Final = re.compile(rb"[a-z][a-z0-9+.-]*://([^/?#]*)", re.IGNORECASE)


def read_upgrade(head: bytes) -> tuple[bytes, list[tuple[bytes, bytes]]] | None:
    """Return target and headers of a request for a WebSocket, if `head` is just that, and whole.

    None for everything else, valid or not: `http_protocol` parses that.
    """
    found = HEAD.fullmatch(head)
    if found is None:
        return None
    lines = [line.split(b": ", 1) for line in found[2].split(b"\r\n")[:-1]]
    headers = [(name.lower(), value) for name, value in lines]
    by_name = dict(headers)
    if len(by_name) < len(headers) or not by_name.keys().isdisjoint(CONTENT):
        return None
    wants = by_name.get(b"connection", b"").lower()
    if wants != b"upgrade" and b"upgrade" not in (part.strip() for part in wants.split(b",")):
        return None
    return (found[1], headers) if by_name.get(b"upgrade", b"").lower() == b"websocket" else None


def has_content(headers: Headers) -> bool:
    """Return whether a body follows these headers, which a parser has found valid."""
    return any(
        name == b"transfer-encoding" or (name == b"content-length" and bool(value.strip(b" \t0")))
        for name, value in headers
    )


def names_one_host(target: bytes, headers: Headers, version: str) -> bool:
    """Return whether there is one `Host`, and no other in the target (RFC 9112, section 3.2).

    Requests of HTTP/1.0 may have none.
    """
    hosts = [value for name, value in headers if name == b"host"]
    if not hosts:
        return version == "1.0" and ABSOLUTE.match(target) is None
    absolute = ABSOLUTE.match(target)
    return len(hosts) == 1 and (absolute is None or absolute[1].lower() == hosts[0].lower())
