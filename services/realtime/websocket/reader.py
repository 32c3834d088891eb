"""Reads messages and control frames from a client's bytes, however TCP splits them."""

import codecs
from collections.abc import Iterator
from typing import Final

from services.realtime.websocket.faults import (
    NOT_UTF8,
    PROTOCOL_ERROR,
    TOO_BIG,
    ProtocolFaultError,
    close_code,
)
from services.realtime.websocket.frame_header import KEY_BYTES, FrameHeader, read_frame_header
from services.realtime.websocket.frames import CLOSE, CONTINUATION, TEXT

Utf8Decoder: Final = codecs.getincrementaldecoder("utf-8")

type Event = tuple[int, bytes]
"""An opcode, never a continuation, with the whole payload of the message or control frame."""


class FrameReader:
    """Reads one connection; needed only while something is incomplete (see `idle`).

    A message may have up to `limit` bytes. `early` is read before everything else.
    """

    __slots__ = (
        "_at",
        "_decoder",
        "_frame",
        "_kind",
        "_limit",
        "_message",
        "_taken",
        "_unread",
        "frames",
    )

    def __init__(self, limit: int, early: bytes = b"") -> None:
        self.frames = 0
        """Frames begun so far, of any kind."""
        self._limit = limit
        self._unread = early
        self._at = 0  # where in `_unread` reading continues
        self._frame: FrameHeader | None = None
        self._taken = 0  # bytes of this frame's payload
        self._kind = CONTINUATION  # the opcode of the message in progress, if there is one
        self._message = bytearray()
        self._decoder: codecs.IncrementalDecoder | None = None

    @property
    def idle(self) -> bool:
        """Whether nothing is incomplete, so that a new reader can take its place."""
        return not self._unread and self._frame is None and self._kind == CONTINUATION

    def read(self, data: bytes) -> Iterator[Event]:
        """Yield what `data` completes; has to be iterated to its end before the next call.

        Raises `ProtocolFaultError` at a fault, after all events before it. Then it cannot go on.
        """
        self._unread += data
        while (frame := self._frame or self._next_frame()) is not None:
            event = self._read_control(frame) if frame.control else self._read_data(frame)
            if event:
                yield event
            elif self._frame:
                break
        self._unread = self._unread[self._at :]
        self._at = 0

    def _next_frame(self) -> FrameHeader | None:
        found = read_frame_header(self._unread, self._at)
        if found is None:
            return None
        self._frame, self._at = found
        self.frames += 1
        self._taken = 0
        if not self._frame.control:
            self._begin_data(self._frame)
        return self._frame

    def _begin_data(self, frame: FrameHeader) -> None:
        if (frame.opcode == CONTINUATION) != (self._kind != CONTINUATION):
            raise ProtocolFaultError(PROTOCOL_ERROR, "fragments out of order")
        if len(self._message) + frame.size > self._limit:
            raise ProtocolFaultError(TOO_BIG, f"more than {self._limit} bytes")
        self._kind = self._kind or frame.opcode

    def _read_control(self, frame: FrameHeader) -> Event | None:
        end = self._at + frame.size
        if end > len(self._unread):
            return None
        payload = unmask(self._unread[self._at : end], frame.key)
        if frame.opcode == CLOSE:
            close_code(payload)
        self._at = end
        self._frame = None
        return frame.opcode, payload

    def _read_data(self, frame: FrameHeader) -> Event | None:
        masked = self._unread[self._at : self._at + frame.size - self._taken]
        chunk = unmask(masked, frame.key, self._taken)
        self._at += len(chunk)
        self._taken += len(chunk)
        complete = self._taken == frame.size
        if complete:
            self._frame = None
        return self._add(chunk, last=complete and frame.final)

    def _add(self, chunk: bytes, *, last: bool) -> Event | None:
        if self._kind == TEXT:
            self._check_text(chunk, last=last)
        if not last:
            self._message += chunk
            return None
        event = self._kind, bytes(self._message + chunk) if self._message else chunk
        self._kind, self._message, self._decoder = CONTINUATION, bytearray(), None
        return event

    def _check_text(self, chunk: bytes, *, last: bool) -> None:
        try:
            if last and self._decoder is None:
                chunk.decode()
                return
            self._decoder = self._decoder or Utf8Decoder()
            self._decoder.decode(chunk, last)
        except UnicodeDecodeError as error:
            raise ProtocolFaultError(NOT_UTF8, "the text is not UTF-8") from error


def unmask(payload: bytes, key: bytes, position: int = 0) -> bytes:
    """Apply the masking key to a part of a payload that begins at `position` (section 5.3).

    It is one XOR of two large integers: a loop over bytes would be 100 times slower.
    """
    size = len(payload)
    turned = key[position % KEY_BYTES :] + key[: position % KEY_BYTES]
    pattern = (turned * (size // KEY_BYTES + 1))[:size]
    plain = int.from_bytes(payload, "little") ^ int.from_bytes(pattern, "little")
    return plain.to_bytes(size, "little")
