"""Faults of a peer, with their close codes (RFC 6455, section 7.4.1)."""

from typing import Final

# These two are never sent.
NO_CODE: Final = 1005  # a close frame without a code
ABNORMAL: Final = 1006  # no close frame
PROTOCOL_ERROR: Final = 1002
NOT_UTF8: Final = 1007
TOO_BIG: Final = 1009
RESTART: Final = 1012

# The registered close codes that may be sent: not 1004 to 1006 and 1015.
SENDABLE: Final = frozenset({1000, 1001, 1002, 1003, *range(1007, 1015)})
FIRST_UNREGISTERED: Final = 3000
LAST: Final = 4999
CODE_BYTES: Final = 2


class ProtocolFaultError(Exception):
    """The peer broke the protocol: the connection ends with `code` and `reason`."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


def close_code(payload: bytes) -> int:
    """Return the code in a close frame's payload, 1005 where there is none.

    Raises `ProtocolFaultError` where the code may not be sent or the reason is not UTF-8.
    """
    if not payload:
        return NO_CODE
    code = int.from_bytes(payload[:CODE_BYTES])
    if code not in SENDABLE and not FIRST_UNREGISTERED <= code <= LAST:
        raise ProtocolFaultError(PROTOCOL_ERROR, "no such close code")
    try:
        payload[CODE_BYTES:].decode()
    except UnicodeDecodeError as error:
        raise ProtocolFaultError(NOT_UTF8, "the reason is not UTF-8") from error
    return code
