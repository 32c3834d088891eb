"""A WebSocket client (RFC 6455) that is cheap enough to be held 5,000 times in one process."""

import asyncio
import struct
from typing import Final, Protocol, override

from tests.support.chatting.handshake import RefusedError, Request, check_status

OPEN_SECONDS: Final = 10.0
TEXT: Final = 1
CLOSE: Final = 8
PING: Final = 9
PONG: Final = 10
ABNORMAL: Final = 1006
_FIN: Final = 0x80
_MASKED: Final = 0x80
_NO_MASK: Final = bytes(4)
_SMALL: Final = 126


class Listener(Protocol):
    """Gets what comes over a socket."""

    def frame(self, opcode: int, payload: bytes) -> None: ...
    def ended(self, code: int, reason: str) -> None: ...


async def open_socket(request: Request, listener: Listener) -> "WebSocket":
    """Connect; raises `RefusedError`, or OSError (TimeoutError) where nobody answers."""
    loop = asyncio.get_running_loop()
    host, port = request.address.rsplit(":", 1)
    source = (request.source, 0) if request.source else None
    async with asyncio.timeout(OPEN_SECONDS):
        _, socket = await loop.create_connection(
            lambda: WebSocket(request.head(), listener), host, int(port), local_addr=source
        )
        try:
            await socket.opened
        except BaseException:
            socket.abort()
            raise
    return socket


class WebSocket(asyncio.Protocol):
    """An open connection; pings are answered, frames go to the listener as they come."""

    __slots__ = (
        "_buffer",
        "_code",
        "_head",
        "_is_open",
        "_listener",
        "_reason",
        "_transport",
        "opened",
    )

    def __init__(self, head: bytes, listener: Listener) -> None:
        self.opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._transport: asyncio.Transport | None = None
        self._head = head
        self._listener = listener
        self._is_open = False
        self._buffer = b""
        self._code = ABNORMAL
        self._reason = ""

    def abort(self) -> None:
        """Abort the connection."""
        if self._transport is not None:
            self._transport.abort()

    def stop_reading(self) -> None:
        """Stop reading, as a page does whose process hangs."""
        if self._transport is not None:
            self._transport.pause_reading()

    def read_again(self) -> None:
        """Go on after `stop_reading`."""
        if self._transport is not None:
            self._transport.resume_reading()

    def send(self, opcode: int, payload: bytes) -> None:
        """Send one frame of up to 125 bytes, masked with zeros."""
        if self._transport is not None:
            head = bytes((_FIN | opcode, _MASKED | len(payload)))
            self._transport.write(head + _NO_MASK + payload)

    def write(self, data: bytes) -> None:
        """Send bytes that need not be a frame."""
        if self._transport is not None:
            self._transport.write(data)

    @property
    def unsent(self) -> int:
        """Bytes that the other side has not taken yet; 0 once the connection is over."""
        return self._transport.get_write_buffer_size() if self._transport is not None else 0

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        transport.write(self._head)

    @override
    def data_received(self, data: bytes) -> None:
        self._buffer = self._buffer + data if self._buffer else data
        if not self._is_open and not self._has_opened():
            return
        offset = 0
        while self._transport is not None and (end := self._read_frame(offset)):
            offset = end
        self._buffer = self._buffer[offset:]

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        if self._is_open:
            self._listener.ended(self._code, self._reason)
        elif not self.opened.done():
            self.opened.set_exception(ConnectionResetError("hung up during the handshake"))

    def _has_opened(self) -> bool:
        head, separator, rest = self._buffer.partition(b"\r\n\r\n")
        if not separator or self.opened.done():
            return False
        try:
            check_status(head)
        except RefusedError as refused:
            self.opened.set_exception(refused)
            return False
        self._buffer, self._is_open = rest, True
        self.opened.set_result(None)
        return True

    def _read_frame(self, offset: int) -> int:
        """Read the frame at `offset` and return where it ends; 0 while it is incomplete."""
        buffer = self._buffer
        if len(buffer) < offset + 2:
            return 0
        size, start = buffer[offset + 1], offset + 2
        if size >= _SMALL:
            width = 2 if size == _SMALL else 8
            if len(buffer) < start + width:
                return 0
            size, start = int.from_bytes(buffer[start : start + width]), start + width
        if len(buffer) < start + size:
            return 0
        self._handle(buffer[offset] & 0x0F, buffer[start : start + size])
        return start + size

    def _handle(self, opcode: int, payload: bytes) -> None:
        if opcode == PING:
            self.send(PONG, payload)
        elif opcode == CLOSE and self._transport is not None:
            if payload:
                (self._code,) = struct.unpack_from("!H", payload)
                self._reason = payload[2:].decode()
            self.send(CLOSE, payload[:2])
            self._transport.close()
        else:
            self._listener.frame(opcode, payload)
