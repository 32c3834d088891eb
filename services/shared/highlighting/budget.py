"""Limits how long a page or an answer waits for its colours."""

import asyncio
from collections.abc import Awaitable, Callable, Collection

from services.shared.highlighting.code import Code, Colours

type Ask = Callable[[Collection[Code], float], Awaitable[Colours]]
"""Returns the colours that arrive within so many seconds."""


class HighlightingBudget:
    """The total time that one page, or one answer, may wait for its colours."""

    def __init__(self, ask: Ask, seconds: float) -> None:
        self._ask = ask
        self._seconds_left = seconds

    async def colours(self, codes: Collection[Code]) -> Colours:
        """Return the colours that arrive in the time left; code without them stays plain."""
        if not codes:
            return {}
        now = asyncio.get_running_loop().time
        began = now()
        try:
            return await self._ask(codes, self._seconds_left)
        finally:
            self._seconds_left = max(0.0, self._seconds_left - (now() - began))
