"""Gathers the pieces of an answer, so that pages get few updates and none late."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime
from math import floor
from types import MappingProxyType
from typing import Final, NamedTuple

from services.shared.highlighting.code import Code, Colours

BEAT_SECONDS: Final = 0.005
STRETCH: Final = 4 / 3


class Gathered(NamedTuple):
    """What came since the last time: text, reasoning before it, and once how long that took.

    With `recast`, all text of earlier times has turned out to be reasoning, before this one's.
    With `retry_at` nothing has come: the endpoint is asked again then. `colours` are those of code
    that came earlier.
    """

    text: str = ""
    reasoning: str = ""
    reasoning_seconds: float | None = None
    recast: bool = False
    retry_at: datetime | None = None
    colours: Colours = MappingProxyType({})

    @property
    def is_said(self) -> bool:
        """The endpoint has sent something."""
        return bool(self.text or self.reasoning) or self.reasoning_seconds is not None


class Coalescer:
    """One writer adds pieces, one reader takes what has gathered.

    The first piece is given out at once. After that a reader gets the next when `seconds` have
    passed, `limit` bytes have gathered or the writer has ended, whichever is first.

    Times end on a beat that all answers have in common, up to 5 ms early: so what a hundred of them
    publish goes out in a few writes. Where the reader is woken late, for this process has much to
    do, times are longer by as much, up to a third.
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
        """Add a piece to what waits for the reader."""
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
        """Say that nothing comes until the endpoint is asked again."""
        self._retry_at = retry_at
        self._some.set()

    def recast(self) -> None:
        """Say that all text so far was reasoning."""
        self._reasoning += self._text
        self._text.clear()
        self._recast = True
        self._some.set()

    def colour(self, colours: Colours) -> None:
        """Add the colours of code that came earlier."""
        self._colours |= colours
        self._some.set()

    def thought(self, seconds: float) -> None:
        """Say that the reasoning is over, and how long it took."""
        self._reasoning_seconds = seconds
        self._some.set()

    def end(self) -> None:
        """Say that nothing more will come."""
        self._ended, self._retry_at = True, None
        self._some.set()
        self._due.set()

    async def gathered(self) -> AsyncIterator[Gathered]:
        """Give out everything in order, gathered, until the writer has ended.

        The time between two counts from one giving out to the next, whatever is done with it.
        """
        loop = asyncio.get_running_loop()
        while True:
            await self._some.wait()
            gathered, taken_at = self._take(), loop.time()
            if gathered is not None:
                yield gathered
            elif self._ended:
                return
            await self._pause(taken_at)

    async def _pause(self, taken_at: float) -> None:
        """Wait until what gathers is due, and note how late this process wakes one up."""
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

    def _take(self) -> Gathered | None:
        gathered = Gathered(
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
        return None if gathered == _NOTHING else gathered


_NOTHING = Gathered()
