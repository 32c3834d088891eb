"""Removes the data of deleted accounts, chat by chat; a crash loses nothing of that."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from services.shared.bus.connection import Bus
from services.shared.bus.errors import CONNECTION_FAULTS, BusAwayError
from services.shared.bus.subjects import account_group, chat_group
from services.shared.process.logging import get_logger
from services.web.answers.model import AnswerContext
from services.web.answers.stopping import stop_hidden
from services.web.chats.model import ChatKey
from services.web.db.pool import Pool, connection, transaction
from services.web.errors import DatabaseAwayError
from services.web.messages.queries import list_messages, list_unfinished
from services.web.removal.bus import purge_bus, subjects_of_chat, subjects_of_group
from services.web.removal.queries import (
    delete_account,
    delete_chat,
    delete_messages,
    list_chats,
    list_deleted,
    list_message_ids,
)

PAUSE_SECONDS: Final = 5.0
# A worker that was told to stop has ended by then.
STOP_SECONDS: Final = 2.0
CHATS: Final = 20
MESSAGES: Final = 500
AWAY: Final = (DatabaseAwayError, BusAwayError, TimeoutError, *CONNECTION_FAULTS)

log = get_logger("web.removal")


@dataclass(frozen=True, slots=True)
class AccountPurge:
    """One process's removal of deleted accounts; several may run at once."""

    pool: Pool
    bus: Bus
    context: AnswerContext

    async def run(self) -> None:
        """Look for deleted accounts every few seconds and remove them, until cancelled."""
        while True:
            # The next round goes on where this one was cut off.
            with suppress(*AWAY):
                await self.purge()
            await asyncio.sleep(PAUSE_SECONDS)

    async def purge(self) -> None:
        """Remove everything of all deleted accounts."""
        async with connection(self.pool) as db:
            account_ids = await list_deleted(db)
        for account_id in account_ids:
            try:
                await self._purge_account(account_id)
            except AWAY:
                raise
            except Exception:
                # The others must not wait for it; the next round tries again.
                log.exception("account_not_removed", account_id=account_id)
            else:
                log.info("account_removed", account_id=account_id)

    async def _purge_account(self, account_id: int) -> None:
        while True:
            async with connection(self.pool) as db:
                chats = await list_chats(db, account_id=account_id, limit=CHATS)
            if not chats:
                break
            for chat in chats:
                await self._stop_answers(chat)
            for chat in chats:
                await self._purge_chat(chat)
        await purge_bus(self.bus, subjects_of_group(account_group(account_id)))
        async with transaction(self.pool) as db:
            await delete_account(db, account_id=account_id)

    async def _stop_answers(self, chat: ChatKey) -> None:
        async with connection(self.pool) as db:
            unfinished = await list_messages(db, chat, await list_unfinished(db, chat))
        if unfinished:
            await stop_hidden(self.pool, self.bus, self.context, chat, unfinished)
            await asyncio.sleep(STOP_SECONDS)

    async def _purge_chat(self, chat: ChatKey) -> None:
        async with connection(self.pool) as db:
            message_ids = await list_message_ids(db, chat)
        await purge_bus(self.bus, subjects_of_chat(chat.id, message_ids))
        while True:
            async with transaction(self.pool) as db:
                if await delete_messages(db, chat, limit=MESSAGES) < MESSAGES:
                    break
        async with transaction(self.pool) as db:
            await delete_chat(db, chat)
        # The stops and the removal itself were shown to pages.
        await purge_bus(self.bus, subjects_of_group(chat_group(chat.id)))
