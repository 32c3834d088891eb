"""Whose tokens are no longer good, for as long as such a token could live."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from services.shared.bus.messages import Revocation
from services.shared.bus.subjects import Group
from services.shared.stream_token import MAX_TOKEN_SECONDS, SKEW_SECONDS, StreamClaims

MOST_REVOCATIONS: Final = 100_000

type _Whose = tuple[str | None, Group | None]


@dataclass(frozen=True, slots=True)
class _Entry:
    """Tokens issued at or before `at` are refused; after `forgotten` none of them lives."""

    at: float
    forgotten: float


class Revocations:
    """What has been revoked, in bounded memory.

    Where there are more than `most`, the oldest gives way, and with it every token of that age:
    who asks for a fresh one is let in again, and nothing revoked becomes good.
    """

    def __init__(
        self, *, most: int = MOST_REVOCATIONS, clock: Callable[[], float] = time.time
    ) -> None:
        self._most = most
        self._clock = clock
        self._entries: dict[_Whose, _Entry] = {}
        self._all_before = float("-inf")

    def __len__(self) -> int:
        return len(self._entries)

    def add(self, revocation: Revocation) -> None:
        """Refuse from now on what `revocation` names; who may come back is not refused."""
        if revocation.come_back:
            return
        now = self._clock()
        whose = (revocation.user, revocation.group)
        # No valid token is issued later than this; a wrong clock must not lock anybody out.
        at = min(revocation.at, now + SKEW_SECONDS)
        before = self._entries.pop(whose, None)
        if before is not None:
            at = max(at, before.at)
        self._entries[whose] = _Entry(at, now + SKEW_SECONDS + MAX_TOKEN_SECONDS)
        self._forget(now)

    def refuses(self, claims: StreamClaims) -> bool:
        """Tell whether the token with these claims has been revoked."""
        if claims.issued <= self._all_before:
            return True
        if not self._entries:
            return False
        for whose in ((claims.user, None), (None, claims.group), (claims.user, claims.group)):
            entry = self._entries.get(whose)
            if entry is not None and claims.issued <= entry.at:
                return True
        return False

    def _forget(self, now: float) -> None:
        """Drop what no longer matters; entries stand in the order in which they are forgotten."""
        while self._entries:
            oldest = next(iter(self._entries))
            entry = self._entries[oldest]
            if entry.forgotten > now:
                if len(self._entries) <= self._most:
                    return
                self._all_before = max(self._all_before, entry.at)
            del self._entries[oldest]
