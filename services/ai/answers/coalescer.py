"""Coalesces the pieces of an answer into batches, so that pages get few and timely updates."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime
from math import floor
from types import MappingProxyType
from typing import Final, NamedTuple

from services.shared.highlighting.code import Code, Colours

BEAT_SECONDS: Final = 0.005
STRETCH: Final = 4 / 3


class Batch(NamedTuple):
    """What came since the last batch: reasoning, the text after it, and once the reasoning time.

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
    def has_content(self) -> bool:
        """Whether the endpoint has sent something."""
        return bool(self.text or self.reasoning) or self.reasoning_seconds is not None


_NOTHING: Final = Batch()


@dataclass(slots=True)
class _Pending:
    """What has come for the next batch; `size` is in bytes."""

    text: list[str] = field(default_factory=list)
    reasoning: list[str] = field(default_factory=list)
    reasoning_seconds: float | None = None
    recast: bool = False
    retry_at: datetime | None = None
    colours: dict[Code, str | None] = field(default_factory=dict)
    size: int = 0

    def batch(self) -> Batch:
        text, reasoning = "".join(self.text), "".join(self.reasoning)
        seconds = self.reasoning_seconds
        return Batch(text, reasoning, seconds, self.recast, self.retry_at, self.colours)


class Coalescer:
    """One writer adds pieces, one reader takes batches.

    The first piece is a batch at once. The next is due after `seconds`, at `limit` bytes or when
    the writer ends.

    All answers share one beat of 5 ms, and a batch is due up to a beat early: so what a hundred
    answers publish goes out in a few writes. When the event loop is busy and wakes the reader late,
    the next interval is longer by that delay, up to a third.
    """

    def __init__(self, *, seconds: float, limit: int) -> None:
        self._seconds = seconds
        self._limit = limit
        self._next = _Pending()
        self._late = 0.0
        self._ended = False
        self._some = asyncio.Event()
        self._due = asyncio.Event()

    def add(self, text: str, reasoning: str = "") -> None:
        """Add a piece to the next batch."""
        if not (text or reasoning):
            return
        pending = self._next
        pending.retry_at = None
        pending.text.append(text)
        pending.reasoning.append(reasoning)
        pending.size += len(text.encode()) + len(reasoning.encode())
        self._some.set()
        if pending.size >= self._limit:
            self._due.set()

    def note_wait(self, retry_at: datetime) -> None:
        """Note that nothing comes until the endpoint is asked again."""
        self._next.retry_at = retry_at
        self._some.set()

    def recast(self) -> None:
        """Turn all text so far into reasoning."""
        self._next.reasoning += self._next.text
        self._next.text.clear()
        self._next.recast = True
        self._some.set()

    def colour(self, colours: Colours) -> None:
        """Add the colours of code that came earlier."""
        self._next.colours |= colours
        self._some.set()

    def end_reasoning(self, seconds: float) -> None:
        """Note that the reasoning is over, and how long it took."""
        self._next.reasoning_seconds = seconds
        self._some.set()

    def end(self) -> None:
        """Let the reader end after what is there."""
        self._ended, self._next.retry_at = True, None
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
        batch, self._next = self._next.batch(), _Pending()
        if not self._ended:
            self._some.clear()
            self._due.clear()
        return None if batch == _NOTHING else batch
