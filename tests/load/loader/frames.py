"""Just enough of RFC 6455 to count what a server sends, at little cost for each frame."""

import struct
from dataclasses import dataclass, field
from typing import Final

TEXT: Final = 0x1
CLOSE: Final = 0x8
PING: Final = 0x9
_OPCODE: Final = 0x0F
_LENGTH: Final = 0x7F
_MASKED: Final = 0x80
_FINAL_PONG: Final = 0x8A
_SHORT: Final = 126
_LONG: Final = 127
_NO_MASK: Final = bytes(4)


@dataclass(slots=True)
class Scan:
    """What some bytes hold: the payload's place of each text frame, and what needs an answer."""

    texts: list[tuple[int, int]] = field(default_factory=list)
    pings: list[bytes] = field(default_factory=list)
    closed: bool = False
    end: int = 0
    """Where the first frame begins that is not there as a whole."""


def scan(data: bytes) -> Scan:
    """Find the whole frames in `data`, which begins with one; they are not masked (section 5.1)."""
    found, size, at = Scan(), len(data), 0
    while (start := _payload_start(data, at, size)) is not None:
        length = _payload_length(data, at)
        end = start + length
        if end > size:
            break
        opcode = data[at] & _OPCODE
        if opcode == TEXT:
            found.texts.append((start, end))
        elif opcode == PING:
            found.pings.append(data[start:end])
        elif opcode == CLOSE:
            found.closed = True
        at = end
    found.end = at
    return found


def pong(payload: bytes) -> bytes:
    """Answer a ping; a mask of zeros changes nothing and is allowed (section 5.3)."""
    return bytes((_FINAL_PONG, _MASKED | len(payload))) + _NO_MASK + payload


def text_frame(payload: bytes) -> bytes:
    """Frame `payload`, of less than 64 KiB, as a server does."""
    if len(payload) < _SHORT:
        return bytes((0x80 | TEXT, len(payload))) + payload
    return struct.pack("!BBH", 0x80 | TEXT, _SHORT, len(payload)) + payload


def _payload_start(data: bytes, at: int, size: int) -> int | None:
    if at + 2 > size:
        return None
    length = data[at + 1] & _LENGTH
    start = at + (2 if length < _SHORT else 4 if length == _SHORT else 10)
    return start if start <= size else None


def _payload_length(data: bytes, at: int) -> int:
    length = data[at + 1] & _LENGTH
    if length == _SHORT:
        return data[at + 2] << 8 | data[at + 3]
    if length == _LONG:
        return int.from_bytes(data[at + 2 : at + 10])
    return length
