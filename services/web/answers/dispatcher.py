"""Gives turns to answers whose account has a place again: at once, and every other second."""

import asyncio
from contextlib import suppress
from typing import Final

from services.shared.process.logging import get_logger
from services.web.answers.model import AnswerContext
from services.web.answers.queries import list_due_chats
from services.web.answers.turns import take_turn
from services.web.chats.model import ChatKey
from services.web.chats.queries import lock_stored_chat
from services.web.db.pool import Pool, connection, transaction
from services.web.db.relay import Relay
from services.web.errors import DatabaseAwayError

POLL_SECONDS: Final = 2.0
BATCH: Final = 100

log = get_logger("web.answers")


class Dispatcher:
    """One process's dispatcher; several may run at once.

    An answer that ends in one chat can make room for one in another chat, which its transaction
    has not locked. It is promoted in a transaction of its own, by this process or any other.
    """

    def __init__(self, pool: Pool, relay: Relay, context: AnswerContext) -> None:
        self._pool = pool
        self._relay = relay
        self._context = context
        self._woken = asyncio.Event()

    def wake(self) -> None:
        """Look now: an answer may have ended in a transaction that was committed."""
        self._woken.set()

    async def run(self) -> None:
        """Give turns until cancelled."""
        while True:
            self._woken.clear()
            # `connection` has logged it, and the answers go on waiting.
            with suppress(DatabaseAwayError):
                while await self.dispatch_some() == BATCH:
                    pass
            with suppress(TimeoutError):
                async with asyncio.timeout(POLL_SECONDS):
                    await self._woken.wait()

    async def dispatch_some(self) -> int:
        """Give turns in up to a hundred chats that are due; return in how many."""
        at_once = self._context.limits.answers_at_once
        async with connection(self._pool) as db:
            due = await list_due_chats(db, at_once=at_once, limit=BATCH)
        given = [await self._dispatch(chat) for chat in due]
        if due:
            self._relay.wake()
        return sum(given)

    async def _dispatch(self, chat: ChatKey) -> bool:
        try:
            async with transaction(self._pool) as db:
                await lock_stored_chat(db, chat)
                await take_turn(db, self._context, chat)
        except DatabaseAwayError:
            raise
        except Exception as error:  # noqa: BLE001 - the chats of others must not wait
            log.error("turn_not_given", chat_id=chat.id, error=type(error).__name__)  # noqa: TRY400 - the trace may hold the answer
            return False
        return True
