"""Why a socket is closed: codes from 4000 come back, codes from 4500 do not.

The halves are Centrifugo's ("Disconnect codes"); the range is RFC 6455's for applications (7.4.2).
"""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Ending:
    """A close code and its reason."""

    code: int
    reason: str


TOKEN_EXPIRED: Final = Ending(4005, "token expired")
TOO_SLOW: Final = Ending(4008, "too slow")
ROTATED: Final = Ending(4011, "come back, perhaps to another gateway")
NO_PONG: Final = Ending(4012, "no pong")
TOO_MUCH_SAID: Final = Ending(4013, "clients only listen")
REVOKED: Final = Ending(4503, "revoked")


DRAINING: Final = 4000

_REASONS: Final = {
    # RFC 6455, section 7.4.1.
    1000: "the client has closed",
    1001: "the client goes away",
    1002: "protocol error",
    1005: "the client has closed, and gave no code",
    1006: "cut off",
    1007: "text that is not UTF-8",
    1009: "a message too large",
    1012: "the server stops",
    DRAINING: "draining",
    **{
        ending.code: ending.reason
        for ending in (TOKEN_EXPIRED, TOO_SLOW, ROTATED, NO_PONG, TOO_MUCH_SAID, REVOKED)
    },
}


def reason_of(code: int) -> str:
    """Say what a close code means; of what only a client can have made up, that it is not known."""
    return _REASONS.get(code, "not known")


def draining(retry_ms: int) -> Ending:
    """End because the gateway stops; the client may come back after `retry_ms`."""
    return Ending(DRAINING, f"retry={retry_ms}")
