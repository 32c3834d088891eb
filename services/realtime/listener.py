"""One socket's share of a group: what waits to be sent to it, bounded in bytes."""

import asyncio
from collections import deque
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Ending:
    """Why a listener gets no more: a close code (RFC 6455, section 7.4) and its reason."""

    code: int
    reason: str


TOO_SLOW: Final = Ending(4008, "too slow")
CONTINUITY_LOST: Final = Ending(4010, "publications may have been missed")


class ListeningEndedError(Exception):
    """A listener gets no more, because of `ending`."""

    def __init__(self, ending: Ending) -> None:
        super().__init__(ending.reason)
        self.ending = ending


class Listener:
    """Takes publications as they come and gives out whatever has gathered since, in order."""

    __slots__ = ("_ended", "_ending", "_limit", "_size", "_waiting", "_wake")

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._waiting: deque[str] = deque()
        self._size = 0
        self._wake = asyncio.Event()
        self._ended = asyncio.Event()
        self._ending = TOO_SLOW

    def offer(self, html: str, size: int) -> None:
        """Add a publication of `size` bytes; never waits. Past the limit the listener ends."""
        if self._ended.is_set():
            return
        self._size += size
        if self._size > self._limit:
            self.end(TOO_SLOW)
            return
        self._waiting.append(html)
        self._wake.set()

    def end(self, ending: Ending) -> None:
        """Drop what waits and give out no more, unless it has ended already.

        A page with a hole in it would be wrong in silence; a closed socket comes back.
        """
        if not self._ended.is_set():
            self._ending = ending
            self._waiting.clear()
            self._ended.set()
            self._wake.set()

    async def next(self) -> str:
        """Wait for publications and return all of them as one text.

        Raises `ListeningEndedError` once the listener has ended.
        """
        if not self._ended.is_set():
            await self._wake.wait()
            self._wake.clear()
        if self._ended.is_set():
            raise ListeningEndedError(self._ending)
        html = "".join(self._waiting)
        self._waiting.clear()
        self._size = 0
        return html

    async def ended(self) -> None:
        """Wait for the end and raise `ListeningEndedError`, whatever the reader does."""
        await self._ended.wait()
        raise ListeningEndedError(self._ending)
