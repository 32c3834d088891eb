"""The fast path hands over just what the HTTP parser would hand over."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, ClassVar, cast

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.types import Receive, Scope, Send
from uvicorn.server import ServerState

from services.realtime.upgrade import http_protocol
from services.realtime.upgrade.http_protocol import HEAD_BYTES, BoundedHttpProtocol
from services.realtime.upgrade.protocol_sniffer import ProtocolSniffer
from services.realtime.upgrade.request_head import read_upgrade
from services.realtime.websocket.handshake import UpgradeRequest
from services.shared.process.serving import serving_config
from tests.support.waiting import until

LINES = [
    b"Host: example",
    b"Connection: Upgrade",
    b"Upgrade: websocket",
    b"Sec-WebSocket-Version: 13",
]


def head(*lines: bytes, first: bytes = b"GET /ws/?a=b HTTP/1.1") -> bytes:
    return b"\r\n".join([first, *lines, b"", b""])


@dataclass
class Link:
    """A transport that notes its protocol and what is written."""

    protocol: Any = None
    said: list[bytes] = field(default_factory=list)
    open: bool = True

    def set_protocol(self, protocol: object) -> None:
        self.protocol = protocol

    def get_extra_info(self, name: str) -> object:
        return ("127.0.0.1", 5000) if name.endswith("name") else None

    def write(self, data: bytes) -> None:
        self.said.append(data)

    def close(self) -> None:
        self.open = False

    def abort(self) -> None:
        self.open = False

    def can_write_eof(self) -> bool:
        return False

    async def is_closed(self) -> bool:
        return not self.open


class Taken(asyncio.Protocol):
    """The protocol that takes over; it notes the requests."""

    requests: ClassVar[list[tuple[UpgradeRequest, bytes]]] = []

    def __init__(self, *_: object) -> None:
        self.requests.clear()

    def take_over(self, _: object, request: UpgradeRequest, early: bytes) -> None:
        self.requests.append((request, early))


async def nothing(scope: Scope, receive: Receive, send: Send) -> None:
    """An application that is not called."""


def handed_over(make: Callable[..., Any], data: bytes) -> tuple[object, ...] | None:
    """Return the request that a protocol hands over, and what came behind it."""
    config = serving_config(nothing, websockets=Taken)
    config.load()
    link, state = Link(), ServerState()
    Taken.requests.clear()
    protocol = make(config, state, {})
    protocol.connection_made(cast(asyncio.Transport, link))
    protocol.data_received(data)
    if not Taken.requests:
        return None
    [(request, early)] = Taken.requests
    assert not state.connections
    return (*request._replace(server=None), early)


NAMES = st.sampled_from(
    [b"Host", b"Upgrade", b"connection", b"X", b"Content-Length", b"Transfer-Encoding", b"Cookie"]
)
VALUES = st.sampled_from(
    [b"Upgrade", b"keep-alive, upgrade", b"websocket", b"WebSocket", b"h2c", b"1", b"", b"chunked"]
) | st.binary(max_size=8)
ODD_LINES = st.lists(
    st.builds(lambda n, s, v: n + s + v, NAMES, st.sampled_from([b": ", b":"]), VALUES)
)
FIRST = st.sampled_from(
    [
        b"GET /ws/ HTTP/1.1",
        b"GET /ws/ HTTP/1.0",
        b"POST / HTTP/1.1",
        b"GET * HTTP/1.1",
        b"GET /\xe9 HTTP/1.1",
    ]
)


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None, max_examples=50)
@given(ODD_LINES, st.permutations(LINES), FIRST)
async def test_the_fast_path_hands_over_what_the_parser_does(
    odd: list[bytes], lines: list[bytes], first: bytes
) -> None:
    data = head(*odd, *lines, first=first)
    if read_upgrade(data) is not None:
        assert handed_over(ProtocolSniffer, data) == handed_over(BoundedHttpProtocol, data)


async def test_a_browsers_request_takes_the_fast_path() -> None:
    data = head(*LINES, b"Sec-WebSocket-Protocol: turbo-stream.v1, t.e30")
    assert read_upgrade(data) is not None
    assert handed_over(ProtocolSniffer, data) == handed_over(BoundedHttpProtocol, data) is not None


def test_everything_else_is_left_to_the_parser() -> None:
    for data in (
        head(*LINES) + b"\x81",
        head(*LINES)[:-1],
        head(*LINES, first=b"POST /ws/ HTTP/1.1"),
        head(*LINES, first=b"GET /ws/ HTTP/1.0"),
        head(*LINES, first=b"GET http://example/ws/ HTTP/1.1"),
        head(*LINES, b"Content-Length: 1"),
        head(*LINES, b"Transfer-Encoding: chunked"),
        head(*LINES, b"Host: another"),
        head(*LINES, b" folded: line"),
        head(*LINES, b"X: a\x00b"),
        head(*LINES, b"X: a\nY: b"),
        head(*LINES, b"X : a"),
        head(b"Host: example", b"Upgrade: websocket", b"Connection: keep-alive"),
        head(b"Host: example", b"Upgrade: h2c", b"Connection: upgrade"),
        b"",
    ):
        assert read_upgrade(data) is None, data


async def test_a_head_that_is_too_large_does_not_pass() -> None:
    data = head(*LINES, b"X: " + b"x" * HEAD_BYTES)
    assert read_upgrade(data) is not None
    assert handed_over(ProtocolSniffer, data) is None


async def test_a_silent_connection_is_cut_at_the_deadline_of_a_head(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(http_protocol, "HEAD_SECONDS", 0.01)
    link, state = Link(), ServerState()
    door = ProtocolSniffer(serving_config(nothing, websockets=Taken), state, {})
    door.connection_made(cast(asyncio.Transport, link))
    await until(link.is_closed)
    link.open = True
    door.shutdown()
    assert not link.open, "a server that stops closes it"
    door.connection_lost(None)
    assert not state.connections


async def test_the_time_of_a_head_does_not_begin_anew_with_its_first_byte(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(http_protocol, "HEAD_SECONDS", 0.01)
    link, state = Link(), ServerState()
    config = serving_config(nothing, websockets=Taken)
    config.load()
    door = ProtocolSniffer(config, state, {})
    door.connection_made(cast(asyncio.Transport, link))
    monkeypatch.setattr(http_protocol, "HEAD_SECONDS", 3600)
    door.data_received(b"GET / HT")
    assert isinstance(link.protocol, BoundedHttpProtocol)
    assert state.connections == {link.protocol}
    await until(link.is_closed)
    link.protocol.connection_lost(None)
    assert not state.connections
