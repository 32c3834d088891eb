"""One socket's share of a group: what waits to be sent to it, bounded in bytes."""

import asyncio
from collections import deque


class TooSlowError(Exception):
    """More waits for this listener than it may fall behind."""


class Listener:
    """Takes publications as they come and gives out whatever has gathered since, in order."""

    __slots__ = ("_limit", "_overflow", "_size", "_waiting", "_wake")

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._waiting: deque[str] = deque()
        self._size = 0
        self._wake = asyncio.Event()
        self._overflow = asyncio.Event()

    def offer(self, html: str, size: int) -> None:
        """Add a publication of `size` bytes; never waits.

        Past the limit all is dropped and the listener ends: a page with a hole in it would be
        wrong in silence, a closed socket reconnects.
        """
        self._size += size
        if self._size > self._limit:
            self._overflow.set()
        if self._overflow.is_set():
            self._waiting.clear()
        else:
            self._waiting.append(html)
        self._wake.set()

    async def next(self) -> str:
        """Wait for publications and return all of them as one text.

        Raises `TooSlowError` once the limit was passed.
        """
        await self._wake.wait()
        self._wake.clear()
        if self._overflow.is_set():
            raise TooSlowError
        html = "".join(self._waiting)
        self._waiting.clear()
        self._size = 0
        return html

    async def overflow(self) -> None:
        """Wait until the limit is passed and raise `TooSlowError`, whatever the reader does."""
        await self._overflow.wait()
        raise TooSlowError
