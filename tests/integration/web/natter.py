"""A web service with its database and bus, and everything that tests do with a chat."""

from dataclasses import dataclass

import httpx2
import pytest_asyncio

from services.shared.bus.connection import Bus
from services.shared.bus.messages import (
    AnswerJob,
    AnswerLogEntry,
    AnswerResult,
    TitleJob,
    TitleResult,
)
from services.web.db.pool import Connection
from tests.integration.web import answering, pages
from tests.support.stack import Web


@dataclass(frozen=True, slots=True)
class Natter:
    web: Web
    bus: Bus
    """The bus as web."""
    ai: Bus
    """The bus as ai, which these tests play."""
    db: Connection

    async def new_chat(self) -> int:
        return await pages.new_chat(self.web)

    async def send(self, chat: int, content: str, **fields: str) -> httpx2.Response:
        return await pages.send(self.web, chat, content, **fields)

    async def ask(self, chat: int, content: str = "Hello?") -> int:
        """Send a message; return the id of its answer."""
        return await answering.ask(self.web, chat, content)

    async def act(
        self, chat: int, message: int, action: str, *, turbo: bool = True, **fields: str
    ) -> httpx2.Response:
        """Do what a button of a message does."""
        return await answering.act(self.web, chat, message, action, turbo=turbo, **fields)

    async def edit(self, chat: int, message: int, content: str, **fields: str) -> httpx2.Response:
        return await answering.edit(self.web, chat, message, content, **fields)

    async def page(self, chat: int) -> str:
        """Return the HTML of the chat's page."""
        return (await self.web.client.get(pages.list_path(chat))).text

    async def shown(self, chat: int) -> list[int]:
        """List the ids of the messages on the chat's page."""
        return await answering.shown(self.web, chat)

    async def publish(self, result: AnswerResult | TitleResult) -> None:
        """Publish a result, as ai does."""
        await answering.publish(self.ai, result)

    async def taken(self) -> None:
        """Wait until web has taken every result."""
        await answering.taken(self.bus)

    async def end(self, message_id: int, **changes: object) -> None:
        """Have an answer end, and wait until that is stored."""
        await answering.end(self.ai, self.bus, message_id, **changes)

    async def write_log(self, message_id: int, *entries: AnswerLogEntry) -> None:
        """Append to the log of an answer, as ai does."""
        await answering.write_log(self.ai, message_id, *entries)

    async def row(self, message_id: int) -> dict[str, object]:
        return await answering.row(self.db, message_id)

    async def statuses(self) -> dict[int, str]:
        """Return the status of every answer."""
        return await answering.statuses(self.db)

    async def jobs(self) -> list[AnswerJob]:
        """List the jobs for answers so far, once the outbox is empty."""
        return await answering.jobs(self.db, self.bus)

    async def title_jobs(self) -> list[TitleJob]:
        """List the jobs for titles so far, once the outbox is empty."""
        return await answering.title_jobs(self.db, self.bus)

    async def streams(self) -> list[str]:
        """List the Turbo Streams so far, once the outbox is empty."""
        return await answering.streams(self.db, self.bus)


@pytest_asyncio.fixture
async def natter(web: Web, web_bus: Bus, ai_bus: Bus, db: Connection) -> Natter:
    return Natter(web, web_bus, ai_bus, db)
