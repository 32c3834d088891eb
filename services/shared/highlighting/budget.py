"""How long colours may be waited for."""

import asyncio
from collections.abc import Awaitable, Callable, Collection

from services.shared.highlighting.code import Code, Colours

type Ask = Callable[[Collection[Code], float], Awaitable[Colours]]
"""Returns the colours that come within so many seconds."""


class HighlightingBudget:
    """The time that one page, or one answer, may wait for its colours in all."""

    def __init__(self, ask: Ask, seconds: float) -> None:
        self._ask = ask
        self._seconds_left = seconds

    async def colours(self, codes: Collection[Code]) -> Colours:
        """Return the colours that come in the time that is left; code without them stays plain."""
        if not codes:
            return {}
        now = asyncio.get_running_loop().time
        began = now()
        try:
            return await self._ask(codes, self._seconds_left)
        finally:
            self._seconds_left = max(0.0, self._seconds_left - (now() - began))
