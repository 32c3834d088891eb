"""How fast a peer has to get on, so that none holds a connection by doing next to nothing."""

import asyncio
from collections.abc import Callable

type Count = Callable[[], int | None]
"""Returns the bytes that were moved until now, or None while the peer waits for us."""


class Pace:
    """Gives up on a peer that twice in a row moves less than `least` bytes in `seconds`.

    Twice, because the first time may be our own: it waited for us until a moment ago, or what it
    sent lies there, and we were busy. A pace, and no time for the whole: that would send away who
    has much to move over a bad line. How much it is, others limit.
    """

    def __init__(
        self, seconds: float, least: int, count: Count, give_up: Callable[[], None]
    ) -> None:
        self._seconds = seconds
        self._least = least
        self._count = count
        self._give_up = give_up
        self._last = count() or 0
        self._is_slow = False
        self._timer = asyncio.get_running_loop().call_later(seconds, self._look)

    def end(self) -> None:
        """Look no more."""
        self._timer.cancel()

    def _look(self) -> None:
        count = self._count()
        is_slow = count is not None and count - self._last < self._least
        if is_slow and self._is_slow:
            self._give_up()
            return
        self._is_slow = is_slow
        self._last = self._last if count is None else count
        self._timer = asyncio.get_running_loop().call_later(self._seconds, self._look)
