"""Flushes that wait for the end of a read, so that all it brings goes out with one write each."""

import asyncio
from collections.abc import Callable

from services.shared.process.logging import get_logger

log = get_logger("realtime.flush")

type Flush = Callable[[], None]


class FlushQueue:
    """Runs flushes at the end of the present read of the bus, or iteration of the event loop."""

    __slots__ = ("_is_reading", "_waiting")

    def __init__(self) -> None:
        self._is_reading = False
        self._waiting: list[Flush] = []

    def add(self, flush: Flush) -> None:
        """Call `flush` once, with the next `run`."""
        self._waiting.append(flush)
        if not self._is_reading and len(self._waiting) == 1:
            asyncio.get_running_loop().call_soon(self.run)

    def begin_read(self) -> None:
        """Begin a read of the bus; the reader calls `run` at its end."""
        self._is_reading = True

    def run(self) -> bool:
        """Call all flushes that wait; return whether there was one."""
        self._is_reading = False
        waiting, self._waiting = self._waiting, []
        for flush in waiting:
            try:
                flush()
            except Exception:
                # The others must not wait for a read that may never come.
                log.exception("telling_failed")
        return bool(waiting)
