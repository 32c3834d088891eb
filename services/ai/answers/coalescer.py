"""Coalesces the pieces of an answer, so that pages get few updates and none late."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime
from math import floor
from types import MappingProxyType
from typing import Final, NamedTuple

from services.shared.highlighting.code import Code, Colours

BEAT_SECONDS: Final = 0.005
STRETCH: Final = 4 / 3


class Batch(NamedTuple):
    """What came since the last batch: reasoning, the text after it, and once the thinking time.

    With `recast`, all earlier text has turned out to be reasoning; it precedes this batch's.
    With `retry_at` nothing came: the endpoint is asked again then. `colours` are for code of
    earlier batches.
    """

    text: str = ""
    reasoning: str = ""
    reasoning_seconds: float | None = None
    recast: bool = False
    retry_at: datetime | None = None
    colours: Colours = MappingProxyType({})

    @property
    def is_said(self) -> bool:
        """Whether the endpoint has sent something."""
        return bool(self.text or self.reasoning) or self.reasoning_seconds is not None


class Coalescer:
    """One writer adds pieces, one reader takes batches.

    The first piece is a batch at once. The next is due after `seconds`, at `limit` bytes or when
    the writer ends, whichever is first.

    All answers share one beat of 5 ms, and a batch is due up to a beat early: so what a hundred
    answers publish goes out in a few writes. When the event loop is busy and wakes the reader late,
    the next interval is longer by that delay, up to a third.
    """

    def __init__(self, *, seconds: float, limit: int) -> None:
        self._seconds = seconds
        self._limit = limit
        self._text: list[str] = []
        self._reasoning: list[str] = []
        self._reasoning_seconds: float | None = None
        self._recast = False
        self._retry_at: datetime | None = None
        self._colours: dict[Code, str | None] = {}
        self._size = 0
        self._late = 0.0
        self._ended = False
        self._some = asyncio.Event()
        self._due = asyncio.Event()

    def add(self, text: str, reasoning: str = "") -> None:
        """Add a piece to the next batch."""
        if not (text or reasoning):
            return
        self._retry_at = None
        self._text.append(text)
        self._reasoning.append(reasoning)
        self._size += len(text.encode()) + len(reasoning.encode())
        self._some.set()
        if self._size >= self._limit:
            self._due.set()

    def wait(self, retry_at: datetime) -> None:
        """Report that nothing comes until the endpoint is asked again."""
        self._retry_at = retry_at
        self._some.set()

    def recast(self) -> None:
        """Turn all text so far into reasoning."""
        self._reasoning += self._text
        self._text.clear()
        self._recast = True
        self._some.set()

    def colour(self, colours: Colours) -> None:
        """Add the colours of code that came earlier."""
        self._colours |= colours
        self._some.set()

    def thought(self, seconds: float) -> None:
        """Add how long the reasoning took, now that it is over."""
        self._reasoning_seconds = seconds
        self._some.set()

    def end(self) -> None:
        """Let the reader end after what is there."""
        self._ended, self._retry_at = True, None
        self._some.set()
        self._due.set()

    async def batches(self) -> AsyncIterator[Batch]:
        """Yield everything in order until the writer has ended.

        The interval runs from one batch to the next, however long the reader takes over it.
        """
        loop = asyncio.get_running_loop()
        while True:
            await self._some.wait()
            batch, taken_at = self._take(), loop.time()
            if batch is not None:
                yield batch
            elif self._ended:
                return
            await self._pause(taken_at)

    async def _pause(self, taken_at: float) -> None:
        """Wait until the next batch is due, and measure how late the event loop wakes us."""
        loop = asyncio.get_running_loop()
        due = max(self._due_after(taken_at), loop.time())
        timer = loop.call_at(due, self._due.set)
        try:
            await self._due.wait()
        finally:
            timer.cancel()
        self._late = max(0.0, loop.time() - due)

    def _due_after(self, moment: float) -> float:
        seconds = min(self._seconds + self._late, self._seconds * STRETCH)
        return floor((moment + seconds) / BEAT_SECONDS) * BEAT_SECONDS

    def _take(self) -> Batch | None:
        batch = Batch(
            "".join(self._text),
            "".join(self._reasoning),
            self._reasoning_seconds,
            self._recast,
            self._retry_at,
            self._colours,
        )
        self._text.clear()
        self._reasoning.clear()
        self._reasoning_seconds = None
        self._recast = False
        self._retry_at = None
        self._colours = {}
        self._size = 0
        if not self._ended:
            self._some.clear()
            self._due.clear()
        return None if batch == _NOTHING else batch


_NOTHING = Batch()
