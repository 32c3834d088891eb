"""Sockets of a group without a connection: what they are sent is written down, with the time."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import cast, override

from services.realtime.admission.gatekeeper import Admission
from services.realtime.close_codes import ROTATED, CloseReason
from services.realtime.listeners.group_socket import GroupSocket, SocketOptions
from services.realtime.metrics import GatewayMetrics
from services.realtime.nats_reading.jetstream_reader import JetStreamReader
from services.realtime.rooms.history import History
from services.realtime.rooms.ring import Ring, Rings
from services.realtime.rooms.room import Room
from services.realtime.websocket.frames import CLOSE, PING
from services.shared.bus.position import Epoch
from services.shared.bus.subjects import check_group
from tests.support.client_frames import server_frames

GROUP = check_group("chat_1")
ADMISSION = Admission(GROUP, "1", "192.0.2.7", issued=0, expires=300)
EPOCH = Epoch("0f3a99c1")


def room_of(sequence: int = 0) -> Room:
    """Make the room of a group that has come as far as `sequence`; nothing reads its stream."""
    rings = Rings(1_000_000, 1_000_000)
    history = History(
        cast("JetStreamReader", None), rings, GatewayMetrics(), max_missed_bytes=1_000_000
    )
    history.epoch, history.is_in_sync = EPOCH, True
    room = Room(GROUP, history, lambda _room: None)
    room.start(Ring(sequence), sequence)
    return room


@dataclass
class Wire(asyncio.Transport):
    """A transport to a client that answers pings after `answers_after` seconds, or never."""

    answers_after: float | None = 0.05
    unsent: int = 0
    written: list[tuple[float, bytes]] = field(default_factory=list)
    socket: "WiredSocket | None" = None

    @override
    def write(self, data: bytes | bytearray | memoryview) -> None:
        loop = asyncio.get_running_loop()
        self.written.append((loop.time(), bytes(data)))
        for opcode, payload in server_frames(bytes(data)):
            if opcode == PING and self.answers_after is not None:
                loop.call_later(self.answers_after, self._answer, payload)

    @override
    def get_write_buffer_size(self) -> int:
        return self.unsent

    @override
    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        assert isinstance(protocol, WiredSocket)
        self.socket = protocol

    @override
    def close(self) -> None:
        self.abort()

    @override
    def abort(self) -> None:
        if self.socket is not None:
            self.socket.connection_lost(None)
            self.socket = None

    def frames(self) -> list[tuple[float, int, bytes]]:
        """List what was sent: when, opcode, payload."""
        return [(at, *frame) for at, data in self.written for frame in server_frames(data)]

    def end(self) -> tuple[float, tuple[int, str]] | None:
        """Return when the socket was closed, and how: code and reason."""
        for at, opcode, payload in self.frames():
            if opcode == CLOSE:
                return at, (int.from_bytes(payload[:2]), payload[2:].decode())
        return None

    def _answer(self, ping: bytes) -> None:
        if self.socket is not None:
            self.socket.pong_received(ping)


class WiredSocket(GroupSocket):
    """A socket that, unlike those of a gateway, can be followed by a weak reference."""


def seat(
    wire: Wire,
    room: Room,
    *,
    expires_at: float = float("inf"),
    expiry_reason: CloseReason = ROTATED,
    on_pong: Callable[[bytes], None] = lambda _payload: None,
    max_unsent_bytes: int = 1000,
) -> WiredSocket:
    """Put a socket at the end of `wire` into `room`."""
    socket_options = SocketOptions(
        max_unsent_bytes, lambda: None, on_pong, lambda _socket, _code: None
    )
    socket = WiredSocket(socket_options, ADMISSION, room, expires_at, expiry_reason)
    socket.attach(wire, set(), 4096, b"")
    room.attach(socket)
    return socket
