"""Gathers the pieces of an answer, so that pages get few updates and none late."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress


class Coalescer:
    """One writer adds text, one reader takes what has gathered.

    The first text is given out at once. After that a reader gets the next when `seconds` have
    passed, `limit` bytes have gathered or the writer has ended, whichever is first.
    """

    def __init__(self, *, seconds: float, limit: int) -> None:
        self._seconds = seconds
        self._limit = limit
        self._pieces: list[str] = []
        self._size = 0
        self._ended = False
        self._some = asyncio.Event()
        self._due = asyncio.Event()

    def add(self, text: str) -> None:
        """Add text to what waits for the reader."""
        if text:
            self._pieces.append(text)
            self._size += len(text.encode())
            self._some.set()
            if self._size >= self._limit:
                self._due.set()

    def end(self) -> None:
        """Say that no more text will come."""
        self._ended = True
        self._some.set()
        self._due.set()

    async def texts(self) -> AsyncIterator[str]:
        """Give out all text in order, gathered, until the writer has ended."""
        while True:
            await self._some.wait()
            text = self._take()
            if text:
                yield text
            elif self._ended:
                return
            with suppress(TimeoutError):
                async with asyncio.timeout(self._seconds):
                    await self._due.wait()

    def _take(self) -> str:
        text = "".join(self._pieces)
        self._pieces.clear()
        self._size = 0
        if not self._ended:
            self._some.clear()
            self._due.clear()
        return text
