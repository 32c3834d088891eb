"""What has gathered is told at the end of a turn, with one write each, however much it is."""

import asyncio
from collections.abc import Callable

from services.shared.process.logging import get_logger

log = get_logger("realtime.turn")

type Tell = Callable[[], None]


class Turn:
    """A piece of work without a pause: one read of the bus, or one turn of the event loop."""

    __slots__ = ("_is_reading", "_waiting")

    def __init__(self) -> None:
        self._is_reading = False
        self._waiting: list[Tell] = []

    def at_end(self, tell: Tell) -> None:
        """Call `tell` at the end of this turn."""
        self._waiting.append(tell)
        if not self._is_reading and len(self._waiting) == 1:
            asyncio.get_running_loop().call_soon(self.end)

    def begin(self) -> None:
        """Begin a read of the bus, which `end` ends; the event loop is not asked for its own."""
        self._is_reading = True

    def end(self) -> bool:
        """Let everybody tell who waits for it; return whether anybody did."""
        self._is_reading = False
        waiting, self._waiting = self._waiting, []
        for tell in waiting:
            try:
                tell()
            except Exception:
                # Those behind it have waited, too.
                log.exception("telling_failed")
        return bool(waiting)
