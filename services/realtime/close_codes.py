"""Why the gateway closes a socket: clients reconnect after codes from 4000, not from 4500.

The two halves are Centrifugo's ("Disconnect codes"); RFC 6455 leaves the range to applications
(section 7.4.2).
"""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class CloseReason:
    """A close code and the text that goes with it."""

    code: int
    reason: str


TOKEN_EXPIRED: Final = CloseReason(4005, "token expired")
TOO_SLOW: Final = CloseReason(4008, "too slow")
ROTATED: Final = CloseReason(4011, "come back, perhaps to another gateway")
NO_PONG: Final = CloseReason(4012, "no pong")
TOO_MANY_FRAMES: Final = CloseReason(4013, "clients only listen")
REVOKED: Final = CloseReason(4503, "revoked")

DRAINING: Final = 4000

_STANDARD: Final = {
    # RFC 6455, section 7.4.1.
    1000: "the client has closed",
    1001: "the client goes away",
    1002: "protocol error",
    1005: "the client has closed, and gave no code",
    1006: "cut off",
    1007: "text that is not UTF-8",
    1009: "a message too large",
    1012: "the server stops",
}
OWN: Final = {
    DRAINING: "draining",
    **{
        each.code: each.reason
        for each in (TOKEN_EXPIRED, TOO_SLOW, ROTATED, NO_PONG, TOO_MANY_FRAMES, REVOKED)
    },
}
"""The reasons of the gateway's own codes; metrics label each of these."""
_TEXTS: Final = {**_STANDARD, **OWN}


def reason_of(code: int) -> str:
    """Return what a close code means, for logs; "not known" for codes that a client made up."""
    return _TEXTS.get(code, "not known")


def draining(retry_ms: int) -> CloseReason:
    """Return the reason of a gateway that stops; clients may reconnect after `retry_ms`."""
    return CloseReason(DRAINING, f"retry={retry_ms}")
