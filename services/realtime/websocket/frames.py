"""The frames a server sends (RFC 6455, section 5.2): never masked, never in fragments."""

from typing import Final

CONTINUATION: Final = 0x0
TEXT: Final = 0x1
BINARY: Final = 0x2
CLOSE: Final = 0x8
PING: Final = 0x9
PONG: Final = 0xA

FINAL: Final = 0x80
CONTROL_BYTES: Final = 125
SHORT_BYTES: Final = 125
MEDIUM_BYTES: Final = 0xFFFF
MEDIUM: Final = 126
LONG: Final = 127


def text_frame(payload: bytes) -> bytes:
    """Frame `payload`, which is UTF-8 text."""
    return _frame(TEXT, payload)


def binary_frame(payload: bytes) -> bytes:
    """Frame `payload` as binary."""
    return _frame(BINARY, payload)


def ping_frame(payload: bytes = b"") -> bytes:
    """Write a ping; a payload of more than 125 bytes raises `ValueError`."""
    return _control_frame(PING, payload)


def pong_frame(payload: bytes) -> bytes:
    """Write the pong to a ping; a payload of more than 125 bytes raises `ValueError`."""
    return _control_frame(PONG, payload)


def close_frame(code: int | None = None, reason: str = "") -> bytes:
    """Write a close frame; without a code it has no reason either (section 5.5.1).

    A reason of more than 123 bytes in UTF-8 raises `ValueError`.
    """
    if code is None:
        return _control_frame(CLOSE, b"")
    return _control_frame(CLOSE, code.to_bytes(2) + reason.encode())


def _control_frame(opcode: int, payload: bytes) -> bytes:
    if len(payload) > CONTROL_BYTES:
        raise ValueError("a control frame carries 125 bytes at most")
    return _frame(opcode, payload)


def _frame(opcode: int, payload: bytes) -> bytes:
    size = len(payload)
    if size <= SHORT_BYTES:
        return bytes((FINAL | opcode, size)) + payload
    if size <= MEDIUM_BYTES:
        return bytes((FINAL | opcode, MEDIUM)) + size.to_bytes(2) + payload
    return bytes((FINAL | opcode, LONG)) + size.to_bytes(8) + payload
