"""Revoked tokens, remembered for as long as such a token could live."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from services.shared.bus.messages import Revocation
from services.shared.bus.subjects import Group
from services.shared.stream_token import MAX_TOKEN_SECONDS, SKEW_SECONDS, StreamClaims

MAX_REVOCATIONS: Final = 100_000

type _Target = tuple[str | None, Group | None]


@dataclass(frozen=True, slots=True)
class _Entry:
    """Tokens issued at or before `at` are refused; after `expires` none of them is valid."""

    at: float
    expires: float


class Revocations:
    """Revocations in bounded memory.

    Beyond `limit` of them the oldest is dropped, and every token of its age is refused instead:
    a client with a fresh token is admitted again, and no revoked token becomes valid.
    """

    def __init__(
        self, *, limit: int = MAX_REVOCATIONS, clock: Callable[[], float] = time.time
    ) -> None:
        self._limit = limit
        self._clock = clock
        self._entries: dict[_Target, _Entry] = {}
        self._all_before = float("-inf")

    def __len__(self) -> int:
        return len(self._entries)

    def add(self, revocation: Revocation) -> None:
        """Refuse the tokens that `revocation` names; a kick (`come_back`) refuses none."""
        if revocation.come_back:
            return
        now = self._clock()
        target = (revocation.user, revocation.group)
        # No valid token is issued later; a wrong clock must not lock everybody out.
        at = min(revocation.at, now + SKEW_SECONDS)
        before = self._entries.pop(target, None)
        if before is not None:
            at = max(at, before.at)
        self._entries[target] = _Entry(at, now + SKEW_SECONDS + MAX_TOKEN_SECONDS)
        self._drop_expired(now)

    def refuses(self, claims: StreamClaims) -> bool:
        """Return whether the token with these claims has been revoked."""
        if claims.issued <= self._all_before:
            return True
        if not self._entries:
            return False
        for target in ((claims.user, None), (None, claims.group), (claims.user, claims.group)):
            entry = self._entries.get(target)
            if entry is not None and claims.issued <= entry.at:
                return True
        return False

    def _drop_expired(self, now: float) -> None:
        """Drop expired entries; they stand in the order of their expiry."""
        while self._entries:
            oldest = next(iter(self._entries))
            entry = self._entries[oldest]
            if entry.expires > now:
                if len(self._entries) <= self._limit:
                    return
                self._all_before = max(self._all_before, entry.at)
            del self._entries[oldest]
