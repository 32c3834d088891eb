"""Bounds how many pages of an account stream at a time."""

from collections import Counter
from dataclasses import dataclass
from typing import Final

MOST: Final = 8
"""On each replica; a person's browser opens six connections to a server."""


class Seats:
    """Counts the streaming pages of each account."""

    def __init__(self) -> None:
        self._taken: Counter[int] = Counter()

    def is_full(self, account_id: int) -> bool:
        """Return whether no further page of the account may stream."""
        return self._taken[account_id] >= MOST

    def take(self, account_id: int) -> "Seat":
        """Count one more page, until it leaves its seat."""
        self._taken[account_id] += 1
        return Seat(self._taken, account_id)


@dataclass(frozen=True, slots=True)
class Seat:
    """What a streaming page is counted by."""

    taken: Counter[int]
    account_id: int

    def leave(self) -> None:
        """Count it no longer."""
        self.taken[self.account_id] -= 1
        if not self.taken[self.account_id]:
            del self.taken[self.account_id]
