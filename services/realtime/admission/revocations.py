"""Revoked tokens, remembered for as long as such a token could live."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from services.realtime.close_codes import REVOKED, TOKEN_EXPIRED, CloseReason
from services.shared.bus.messages import Revocation
from services.shared.bus.subjects import Group
from services.shared.stream_token import (
    MAX_TOKEN_SECONDS,
    SKEW_SECONDS,
    StreamClaims,
    in_milliseconds,
)

MAX_REVOCATIONS: Final = 100_000
MILLISECOND: Final = 0.001

type _Target = tuple[str | None, Group | None]


@dataclass(frozen=True, slots=True)
class _Entry:
    """Tokens issued at or before `at` are refused; after `expires` none of them is valid."""

    at: float
    expires: float
    reason: CloseReason


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

    def add(self, revocation: Revocation, arrived: float | None = None) -> None:
        """Refuse the tokens that `revocation` names; a kick (`come_back`) refuses none.

        `arrived` is when it was stored, in seconds since the epoch; without it, now.
        """
        if revocation.come_back:
            return
        now = self._clock()
        target = (revocation.user, revocation.group)
        # No valid token is issued later; a wrong clock must not lock everybody out.
        at = min(_until(revocation, now if arrived is None else arrived), now + SKEW_SECONDS)
        reason = TOKEN_EXPIRED if revocation.renew else REVOKED
        before = self._entries.pop(target, None)
        if before is not None and before.at > at:
            at, reason = before.at, before.reason
        self._entries[target] = _Entry(at, now + SKEW_SECONDS + MAX_TOKEN_SECONDS, reason)
        self._drop_expired(now)

    def refuses(self, claims: StreamClaims) -> bool:
        """Return whether the token with these claims has been revoked."""
        return self.reason(claims) is not None

    def reason(self, claims: StreamClaims) -> CloseReason | None:
        """Return why a listener with these claims is closed; None if its token is good."""
        for target in ((claims.user, None), (None, claims.group), (claims.user, claims.group)):
            entry = self._entries.get(target)
            if entry is not None and claims.issued <= entry.at:
                return entry.reason
        return TOKEN_EXPIRED if claims.issued <= self._all_before else None

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


def _until(revocation: Revocation, arrived: float) -> float:
    """Return the time up to which a revocation refuses tokens.

    Where listeners are to renew, the revocation was written in a transaction, and a check that ran
    beside it may have begun after `at` and still have seen what it changed. It began before the
    transaction was committed, so before the message arrived. Tokens of the very millisecond are
    good: a listener that was closed at once may have one.
    """
    if not revocation.renew:
        return revocation.at
    return max(revocation.at, in_milliseconds(arrived) - MILLISECOND)
