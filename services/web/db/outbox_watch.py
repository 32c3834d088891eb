"""Measures the outbox periodically, so that a scrape does not query the database."""

import asyncio
from typing import Final

from services.web.db.outbox import OutboxSize, measure_outbox
from services.web.db.pool import Pool, connection
from services.web.errors import DatabaseAwayError

MEASURE_SECONDS: Final = 5.0


class OutboxWatch:
    """The last measured size of the outbox; None if the database was away.

    The relay cannot measure it: it stands still while the bus is away, when the outbox grows.
    """

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self.size: OutboxSize | None = None

    async def run(self) -> None:
        """Measure until cancelled."""
        while True:
            self.size = await self._measure()
            await asyncio.sleep(MEASURE_SECONDS)

    async def _measure(self) -> OutboxSize | None:
        try:
            async with connection(self._pool) as db:
                return await measure_outbox(db)
        except DatabaseAwayError:
            return None
