"""Removes sessions and invitations that have expired."""

import asyncio
from contextlib import suppress
from typing import Final

from services.web.accounts.invitations.queries import delete_expired_invitations
from services.web.accounts.sessions.model import Lifetimes
from services.web.accounts.sessions.queries import delete_expired_sessions
from services.web.db.pool import Pool, connection
from services.web.errors import DatabaseAwayError

PAUSE_SECONDS: Final = 600.0


class Sweep:
    """One process's sweep; several may run at once."""

    def __init__(self, pool: Pool, lifetimes: Lifetimes) -> None:
        self._pool = pool
        self._lifetimes = lifetimes

    async def run(self) -> None:
        """Sweep now and every ten minutes, until cancelled."""
        while True:
            # `connection` has logged it.
            with suppress(DatabaseAwayError):
                await self.sweep()
            await asyncio.sleep(PAUSE_SECONDS)

    async def sweep(self) -> None:
        """Remove what has expired by now."""
        async with connection(self._pool) as db:
            await delete_expired_sessions(db, self._lifetimes)
            await delete_expired_invitations(db)
