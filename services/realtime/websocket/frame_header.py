"""The header of a client's frame, checked before its payload is read."""

from typing import Final, NamedTuple

from services.realtime.websocket.faults import PROTOCOL_ERROR, ProtocolFaultError
from services.realtime.websocket.frames import (
    BINARY,
    CLOSE,
    CONTINUATION,
    CONTROL_BYTES,
    FINAL,
    LONG,
    MEDIUM,
    MEDIUM_BYTES,
    PING,
    PONG,
    SHORT_BYTES,
    TEXT,
)

RESERVED: Final = 0x70
OPCODE: Final = 0x0F
CONTROL: Final = 0x08
MASKED: Final = 0x80
SIZE: Final = 0x7F
KEY_BYTES: Final = 4
OPCODES: Final = frozenset({CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG})
# The length field: how many bytes hold the length, and the least length that needs them.
EXTENDED: Final = {MEDIUM: (2, SHORT_BYTES + 1), LONG: (8, MEDIUM_BYTES + 1)}
LARGEST: Final = 2**63 - 1


class FrameHeader(NamedTuple):
    """One frame's header; `size` counts the bytes of its payload."""

    final: bool
    opcode: int
    key: bytes
    size: int

    @property
    def control(self) -> bool:
        """Whether this is a close, a ping or a pong."""
        return self.opcode & CONTROL != 0


def read_frame_header(data: bytes, start: int) -> tuple[FrameHeader, int] | None:
    """Return the header at `start` and where its payload begins; None while it is incomplete.

    Raises `ProtocolFaultError` as soon as its first two bytes, or its length, are wrong.
    """
    if len(data) - start < 2:  # noqa: PLR2004 - the part that every header has
        return None
    first, second = data[start], data[start + 1]
    size = second & SIZE
    _check(first, second)
    start += 2
    if size > SHORT_BYTES:
        width, least = EXTENDED[size]
        if len(data) - start < width:
            return None
        size = _checked_size(int.from_bytes(data[start : start + width]), least)
        start += width
    if len(data) - start < KEY_BYTES:
        return None
    key = data[start : start + KEY_BYTES]
    return FrameHeader(first & FINAL != 0, first & OPCODE, key, size), start + KEY_BYTES


def _check(first: int, second: int) -> None:
    opcode = first & OPCODE
    if first & RESERVED:
        raise ProtocolFaultError(PROTOCOL_ERROR, "a reserved bit is set")
    if opcode not in OPCODES:
        raise ProtocolFaultError(PROTOCOL_ERROR, "no such opcode")
    if not second & MASKED:
        raise ProtocolFaultError(PROTOCOL_ERROR, "a client's frame is not masked")
    if opcode & CONTROL and not first & FINAL:
        raise ProtocolFaultError(PROTOCOL_ERROR, "a control frame in fragments")
    if opcode & CONTROL and second & SIZE > CONTROL_BYTES:
        raise ProtocolFaultError(PROTOCOL_ERROR, "a control frame of more than 125 bytes")


def _checked_size(size: int, least: int) -> int:
    if not least <= size <= LARGEST:
        raise ProtocolFaultError(PROTOCOL_ERROR, "the length is not written as it must be")
    return size
