"""How long a page waits before it connects again, by the way its socket ended."""

import re
from dataclasses import dataclass
from random import Random
from typing import Final

FIRST_SECONDS: Final = 0.5
LONGEST_SECONDS: Final = 15.0
SOON_SECONDS: Final = 0.3
STABLE_SECONDS: Final = 2.0

DRAINING: Final = 4000
COME_BACK_AT_ONCE: Final = (4005, 4011)
LOWEST_FINAL: Final = 4500
_RETRY: Final = re.compile(r"retry=(\d+)")


@dataclass(slots=True)
class Backoff:
    """Full jitter that doubles from half a second to 15 s, and starts again after 2 stable ones."""

    random: Random
    attempts: int = 0

    def pause(self, code: int, reason: str, lasted: float) -> float:
        """Return how many seconds to wait after a connection that was open for so long."""
        if lasted >= STABLE_SECONDS:
            self.attempts = 0
        if code in COME_BACK_AT_ONCE:
            return self.soon()
        if code == DRAINING and (hint := _RETRY.fullmatch(reason)):
            return int(hint[1]) / 1000 + self.soon()
        return self._later()

    def soon(self) -> float:
        """Return a short wait, unless that has been tried already."""
        if self.attempts:
            return self._later()
        self.attempts += 1
        return self.random.uniform(0, SOON_SECONDS)

    def _later(self) -> float:
        limit = min(LONGEST_SECONDS, FIRST_SECONDS * 2.0**self.attempts)
        self.attempts += 1
        return self.random.uniform(0, limit)


def is_final(code: int) -> bool:
    """Return whether a page that was closed with `code` stays away."""
    return LOWEST_FINAL <= code < LOWEST_FINAL + 500
