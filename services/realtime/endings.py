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


def draining(retry_ms: int) -> Ending:
    """End because the gateway stops; the client may come back after `retry_ms`."""
    return Ending(4000, f"retry={retry_ms}")
