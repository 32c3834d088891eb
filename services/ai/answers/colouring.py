"""Has the code of an answer coloured while its text goes on."""

import asyncio
from collections.abc import Iterable

from services.ai.answers.coalescer import Coalescer
from services.shared.highlighting.budget import HighlightingBudget
from services.shared.highlighting.code import Code


class Colouring:
    """Asks for colours, which the coalescer gives out with what else has gathered."""

    def __init__(self, allowance: HighlightingBudget, coalescer: Coalescer) -> None:
        self._allowance = allowance
        self._coalescer = coalescer
        self._wanted: list[Code] = []
        self._some = asyncio.Event()

    def want(self, codes: Iterable[Code]) -> None:
        """Have more code coloured."""
        self._wanted += codes
        if self._wanted:
            self._some.set()

    async def run(self) -> None:
        """Ask for what is wanted, until cancelled."""
        while True:
            await self._some.wait()
            self._some.clear()
            codes, self._wanted = self._wanted, []
            self._coalescer.colour(await self._allowance.colours(codes))
