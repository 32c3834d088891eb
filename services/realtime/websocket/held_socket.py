"""A WebSocket after its handshake: while idle it has no task, no timer, and little memory."""

import asyncio
from collections.abc import MutableSet
from enum import Enum, auto
from typing import Final, override

from services.realtime.websocket.faults import (
    ABNORMAL,
    NO_CODE,
    RESTART,
    ProtocolFaultError,
    close_code,
)
from services.realtime.websocket.frames import (
    CLOSE,
    PING,
    PONG,
    close_frame,
    pong_frame,
)
from services.realtime.websocket.reader import FrameReader

CLOSE_SECONDS: Final = 5.0
# With more unsent, pings go unanswered: else a peer that sends and does not read fills memory.
PONG_UNSENT_BYTES: Final = 64 * 1024
# Frames are counted after each piece, about a millisecond of work, so that a flood is noticed.
PIECE_BYTES: Final = 2048


class Phase(Enum):
    """How far a connection has come."""

    OPEN = auto()
    CLOSING = auto()  # our close frame is out, the peer's is awaited
    DISCARDING = auto()  # nothing more is sent; what comes is dropped


class HeldSocket(asyncio.Protocol):
    """One open WebSocket. Subclasses have slots, and handle what comes."""

    __slots__ = ("_code", "_connections", "_deadline", "_limit", "_phase", "_reader", "_transport")

    _transport: asyncio.Transport
    _connections: MutableSet[asyncio.Protocol]

    def __init__(self) -> None:
        self._limit = 0
        self._code = ABNORMAL
        self._phase = Phase.OPEN
        self._reader: FrameReader | None = None
        self._deadline: asyncio.TimerHandle | None = None

    def frames_received(self, count: int) -> None:
        """Count frames of any kind; a subclass that pauses reading has the rest dropped."""

    def message_received(self, opcode: int, payload: bytes) -> None:
        """Handle a whole message: TEXT (valid UTF-8) or BINARY."""

    def ping_received(self, payload: bytes) -> None:
        """Answer a ping; a subclass that overrides this calls it."""
        if self.unsent <= PONG_UNSENT_BYTES:
            self._transport.write(pong_frame(payload))

    def pong_received(self, payload: bytes) -> None:
        """Handle a pong, asked for or not."""

    def closed(self, code: int) -> None:
        """Handle the end of the connection; called once.

        `code` is that of the first close frame, ours or the peer's: 1005 where the peer's has none,
        1006 without a close frame.
        """

    @property
    def unsent(self) -> int:
        """Bytes that the peer has not read yet."""
        return self._transport.get_write_buffer_size()

    def send(self, frames: bytes) -> None:
        """Send whole frames; they are dropped once closing has begun."""
        if self._phase is Phase.OPEN:
            self._transport.write(frames)

    def close(self, code: int, reason: str = "") -> None:
        """Close with a code and a reason of at most 123 bytes; the first call counts.

        The peer has `CLOSE_SECONDS` to answer, then the connection is cut.
        """
        if self._phase is not Phase.OPEN:
            return
        self._begin_close(code, close_frame(code, reason))
        self._phase = Phase.CLOSING

    def shutdown(self) -> None:
        """Close at once, because the server stops (called by uvicorn)."""
        if self._phase is Phase.OPEN:
            self._begin_close(RESTART, close_frame(RESTART))
        self._end()

    def attach(
        self,
        transport: asyncio.Transport,
        connections: MutableSet[asyncio.Protocol],
        limit: int,
        early: bytes,
    ) -> None:
        """Take over an upgraded connection (for `hold`); messages may have up to `limit` bytes.

        `early` is what the peer sent before it was answered. It is read in the next iteration of
        the event loop, before anything that comes later.
        """
        self._transport = transport
        self._connections = connections
        self._limit = limit
        connections.add(self)
        transport.set_protocol(self)
        if early:
            self._reader = FrameReader(limit, early)
            asyncio.get_running_loop().call_soon(self.data_received, b"")

    @override
    def data_received(self, data: bytes) -> None:
        if self._phase is Phase.DISCARDING or self._transport.is_closing():
            return
        reader = self._reader or FrameReader(self._limit)
        try:
            self._read(reader, data)
        except ProtocolFaultError as fault:
            self._fail(fault)

    def _read(self, reader: FrameReader, data: bytes) -> None:
        """Read a piece at a time, until the peer closes or reading is paused."""
        for start in range(0, len(data) or 1, PIECE_BYTES):
            before = reader.frames
            for opcode, payload in reader.read(data[start : start + PIECE_BYTES]):
                if opcode == CLOSE:
                    self._take_close(payload)
                    return
                self._take(opcode, payload)
            self.frames_received(reader.frames - before)
            if not self._transport.is_reading():
                break
        self._reader = None if reader.idle else reader

    @override
    def eof_received(self) -> None:
        # The transport would close itself only once everything is sent.
        self._end()

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self._phase = Phase.DISCARDING
        self._reader = None
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
        self._connections.discard(self)
        self.closed(self._code)

    def _take(self, opcode: int, payload: bytes) -> None:
        if self._phase is not Phase.OPEN:
            return
        if opcode == PING:
            self.ping_received(payload)
        elif opcode == PONG:
            self.pong_received(payload)
        else:
            self.message_received(opcode, payload)

    def _take_close(self, payload: bytes) -> None:
        if self._phase is Phase.OPEN:
            code = close_code(payload)
            self._begin_close(code, close_frame(None if code == NO_CODE else code))
        self._end()

    def _fail(self, fault: ProtocolFaultError) -> None:
        """Send the close frame, then close our half of the connection.

        A full close with unread bytes would reset the connection, and the peer would lose the
        frame.
        """
        if self._phase is Phase.OPEN:
            self._begin_close(fault.code, close_frame(fault.code, fault.reason))
        if not self._transport.can_write_eof():  # over TLS there are no halves
            self._end()
            return
        self._phase = Phase.DISCARDING
        self._reader = None
        self._transport.write_eof()

    def _begin_close(self, code: int, frame: bytes) -> None:
        self._code = code
        self._transport.write(frame)
        self._set_deadline()

    def _end(self) -> None:
        """Close the connection when all is sent, or at the deadline."""
        self._phase = Phase.DISCARDING
        self._reader = None
        if not self._transport.is_closing():
            self._set_deadline()
            self._transport.close()

    def _set_deadline(self) -> None:
        if self._deadline is None:
            loop = asyncio.get_running_loop()
            self._deadline = loop.call_later(CLOSE_SECONDS, self._transport.abort)
