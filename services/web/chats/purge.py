"""Purges what was deleted long ago, temporary chats that were left, and limits that have passed."""

import asyncio
from contextlib import suppress
from typing import Final

from services.shared.process.logging import get_logger
from services.web.chats.changes.queries import list_expired, purge
from services.web.db.pool import Pool, connection, transaction
from services.web.errors import DatabaseAwayError
from services.web.limits.queries import sweep, sweep_tokens

BATCH: Final = 100
SWEPT: Final = 10_000
PAUSE_SECONDS: Final = 600.0

log = get_logger("web.chats")


class Purge:
    """One process's purge; several may run at once."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def run(self) -> None:
        """Purge now and every ten minutes, until cancelled."""
        while True:
            # `connection` has logged it.
            with suppress(DatabaseAwayError):
                while await self.purge_some() == BATCH:
                    pass
                while await self.sweep_some() == SWEPT:
                    pass
            await asyncio.sleep(PAUSE_SECONDS)

    async def purge_some(self) -> int:
        """Purge up to a hundred chats, each in a transaction of its own; return how many."""
        async with connection(self._pool) as db:
            expired = await list_expired(db, limit=BATCH)
        for chat in expired:
            async with transaction(self._pool) as db:
                await purge(db, chat)
        if expired:
            log.info("chats_purged", count=len(expired))
        return len(expired)

    async def sweep_some(self) -> int:
        """Delete what limits nothing any more; return how many rates."""
        async with connection(self._pool) as db:
            await sweep_tokens(db)
            return await sweep(db, limit=SWEPT)
