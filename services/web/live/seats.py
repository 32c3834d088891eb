"""Bounds how many pages of an account stream at a time."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

MOST: Final = 8
"""On each replica; a person's browser opens six connections to a server."""


class Seats:
    """Counts the streaming pages of each account."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._taken: Counter[int] = Counter()

    def is_full(self, account_id: int) -> bool:
        """Return whether no further page of the account may stream."""
        return self._taken[account_id] >= self._most

    @contextmanager
    def taken(self, account_id: int) -> Iterator[None]:
        """Count one more page within the context."""
        self._taken[account_id] += 1
        try:
            yield
        finally:
            self._taken[account_id] -= 1
            self._taken += Counter()  # forgets accounts without pages
