"""Frames as a client sends them, valid or not, and those of a server."""

import io
from collections.abc import Generator

from websockets.frames import Frame

from services.realtime.websocket.frames import CLOSE, TEXT
from services.realtime.websocket.reader import unmask

MASK = b"\x37\xfa\x21\x3d"


def client_frame(
    payload: bytes = b"",
    opcode: int = TEXT,
    *,
    final: bool = True,
    key: bytes | None = MASK,
    reserved: int = 0,
    width: int | None = None,
) -> bytes:
    """Frame `payload`; no `key`, no mask; the length is written in `width` bytes: 0, 2 or 8."""
    size = len(payload)
    first = (0x80 if final else 0) | reserved | opcode
    masked = 0x80 if key is not None else 0
    if width is None:
        width = 0 if size < 126 else 2 if size < 65_536 else 8
    length = bytes([masked | {0: size, 2: 126, 8: 127}[width]])
    if width:
        length += size.to_bytes(width)
    body = payload if key is None else key + unmask(payload, key)
    return bytes([first]) + length + body


def client_close(code: int | None = 1000, reason: bytes = b"") -> bytes:
    """Write a close frame with whatever code and reason."""
    return client_frame(b"" if code is None else code.to_bytes(2) + reason, CLOSE)


def server_frames(data: bytes) -> list[tuple[int, bytes]]:
    """Read what a server sent, by another implementation: opcodes and payloads."""
    stream = io.BytesIO(data)

    def read_exact(size: int) -> Generator[None, None, bytes]:
        yield from ()
        read = stream.read(size)
        assert len(read) == size, f"half a frame at the end of {data!r}"
        return read

    def parsed() -> Generator[None, None, Frame]:
        return (yield from Frame.parse(read_exact, mask=False))

    frames = []
    while stream.tell() < len(data):
        try:
            next(parsed())
        except StopIteration as done:
            frame: Frame = done.value
            assert frame.fin
            frames.append((int(frame.opcode), bytes(frame.data)))
    return frames
