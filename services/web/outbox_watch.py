"""Measures the outbox from time to time, so that a scrape asks no database."""

import asyncio
from typing import Final

from services.web.db.outbox import OutboxSize, measure_outbox
from services.web.db.pool import Pool, connection
from services.web.errors import DatabaseAwayError

LOOK_SECONDS: Final = 5.0


class OutboxWatch:
    """What the outbox held when it was measured last; `size` is None where the database was away.

    The relay cannot tell: it stands still while the bus is away, when the outbox grows.
    """

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self.size: OutboxSize | None = None

    async def run(self) -> None:
        """Measure until cancelled."""
        while True:
            self.size = await self._measure()
            await asyncio.sleep(LOOK_SECONDS)

    async def _measure(self) -> OutboxSize | None:
        try:
            async with connection(self._pool) as db:
                return await measure_outbox(db)
        except DatabaseAwayError:
            return None
