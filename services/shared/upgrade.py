"""Requests for a WebSocket: the usual ones read at a glance, each handed over as it stands.

Reference: RFC 9112, sections 3 and 5; RFC 6455, section 4.1.
"""

import asyncio
import re
from typing import Any, Final, NamedTuple, Protocol, cast

from uvicorn.config import Config
from uvicorn.server import ServerState

# Nothing that HTTP allows and no client sends: what is not matched is read by HTTP's own parser.
HEAD: Final = re.compile(
    rb"GET (/[A-Za-z0-9\-._~:/?\[\]@!$&'()*+,;=%]*) HTTP/1\.1\r\n"
    rb"((?:[A-Za-z0-9-]+: [!-~](?:[ -~]*[!-~])?\r\n)+)\r\n"
)
BODIES: Final = frozenset({b"content-length", b"transfer-encoding", b"expect"})

type Address = tuple[str, int | None] | None


class UpgradeRequest(NamedTuple):
    """The head of a request for another protocol: valid HTTP/1.1, header names in lower case."""

    method: bytes
    target: bytes
    headers: list[tuple[bytes, bytes]]
    scheme: str | None
    server: Address
    client: Address


class Upgraded(Protocol):
    """What uvicorn's `ws=` has to be here: it takes over a connection whose head was read."""

    def take_over(
        self, transport: asyncio.Transport, request: UpgradeRequest, early: bytes
    ) -> None:
        """Answer `request`; `early` is what came behind it."""


def read_upgrade(head: bytes) -> tuple[bytes, list[tuple[bytes, bytes]]] | None:
    """Return target and headers of a plain request for a WebSocket, whole and with nothing behind.

    None for everything else, right or wrong: `http_protocol` is to judge that.
    """
    found = HEAD.fullmatch(head)
    if found is None:
        return None
    lines = [line.split(b": ", 1) for line in found[2].split(b"\r\n")[:-1]]
    headers = [(name.lower(), value) for name, value in lines]
    by_name = dict(headers)
    if len(by_name) < len(headers) or not by_name.keys().isdisjoint(BODIES):
        return None
    wants = by_name.get(b"connection", b"").lower()
    if wants != b"upgrade" and b"upgrade" not in (part.strip() for part in wants.split(b",")):
        return None
    return (found[1], headers) if by_name.get(b"upgrade", b"").lower() == b"websocket" else None


def has_body(headers: list[tuple[bytes, bytes]]) -> bool:
    """Return whether a body comes behind these headers, which a parser has found valid."""
    return any(
        name == b"transfer-encoding" or (name == b"content-length" and bool(value.strip(b" \t0")))
        for name, value in headers
    )


def hand_over(
    config: Config,
    server_state: ServerState,
    app_state: dict[str, Any],
    transport: asyncio.Transport,
    request: UpgradeRequest,
    early: bytes,
) -> None:
    """Give a connection to the protocol of `ws=`, with the head as it was read.

    uvicorn would write the head anew, to be read once more, and lose what came behind it.
    """
    make = cast(type[Any], config.ws_protocol_class)
    protocol: Upgraded = make(config, server_state, app_state)
    transport.set_protocol(cast(asyncio.BaseProtocol, protocol))
    protocol.take_over(transport, request, early)
