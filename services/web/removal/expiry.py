"""Removes what has expired: deleted and temporary chats, sessions, invitations, passed limits."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from services.shared.process.logging import get_logger
from services.web.accounts.invitations.queries import delete_expired_invitations
from services.web.accounts.sessions.model import Lifetimes
from services.web.accounts.sessions.queries import delete_expired_sessions
from services.web.chats.changes.queries import list_expired, purge
from services.web.db.pool import Pool, connection, transaction
from services.web.errors import DatabaseAwayError
from services.web.limits.queries import sweep, sweep_tokens

BATCH: Final = 100
SWEPT: Final = 10_000
PAUSE_SECONDS: Final = 600.0

log = get_logger("web.removal")


@dataclass(frozen=True, slots=True)
class Expiry:
    """One process's removal of what has expired; several may run at once."""

    pool: Pool
    lifetimes: Lifetimes

    async def run(self) -> None:
        """Remove what has expired, now and every ten minutes, until cancelled."""
        while True:
            # `connection` has logged it.
            with suppress(DatabaseAwayError):
                while await self.purge_chats() == BATCH:
                    pass
                await self._sweep()
            await asyncio.sleep(PAUSE_SECONDS)

    async def purge_chats(self) -> int:
        """Purge up to a hundred chats, each in a transaction of its own; return how many."""
        async with connection(self.pool) as db:
            expired = await list_expired(db, limit=BATCH)
        for chat in expired:
            async with transaction(self.pool) as db:
                await purge(db, chat)
        if expired:
            log.info("chats_purged", count=len(expired))
        return len(expired)

    async def _sweep(self) -> None:
        async with connection(self.pool) as db:
            await delete_expired_sessions(db, self.lifetimes)
            await delete_expired_invitations(db)
            await sweep_tokens(db)
            while await sweep(db, limit=SWEPT) == SWEPT:
                pass
