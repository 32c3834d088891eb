"""A web service with its database and bus, and everything that tests do with a chat."""

from dataclasses import dataclass
from typing import Any
from uuid import uuid4

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
from services.shared.bus.subjects import result_subject, text_subject, title_result_subject
from services.shared.highlighting.highlighter import Highlighter
from services.shared.highlighting.metrics import HighlightingMetrics
from services.web.answers.model import AnswerContext
from services.web.db.pool import Connection
from services.web.limits.model import Limits
from services.web.rendering.templates import Templates
from services.web.rendering.texts import RenderedTexts
from tests.integration.web import pages
from tests.integration.web.pages import TURBO, list_path, messages_in
from tests.support.stack import Web
from tests.support.waiting import until

TEXT = "# Hello\n\nThis is **it**."


def result_of(message_id: int, **changes: object) -> AnswerResult:
    complete = AnswerResult(
        message_id=message_id,
        run=1,
        status="complete",
        text=TEXT,
        finish_reason="stop",
        model="demo-1",
        prompt_tokens=3,
        completion_tokens=5,
    )
    return complete.model_copy(update=changes)


def logged(text: str, *, offset: int = 0, run: int = 1, **changes: object) -> AnswerLogEntry:
    entry = AnswerLogEntry(run=run, job=1, offset=offset, text=text, reasoning_offset=0)
    return entry.model_copy(update=changes)


def templates() -> Templates:
    """Make the service's templates, for a test that calls its functions directly."""
    return Templates(RenderedTexts(Highlighter(HighlightingMetrics())), demo=False)


def answer_context(**limits: Any) -> AnswerContext:
    """Make the context of the service's functions, with these limits and no others."""
    return AnswerContext(templates(), Limits(**limits))


def turns(job: AnswerJob) -> list[str]:
    return [turn.content for turn in job.turns]


async def publish(bus: Bus, result: AnswerResult | TitleResult) -> None:
    """Publish a result, as ai does."""
    subject = (
        result_subject(result.message_id)
        if isinstance(result, AnswerResult)
        else title_result_subject(result.chat_id)
    )
    await bus.publish(subject, result.model_dump_json().encode(), uuid4().hex)


async def taken(bus: Bus) -> None:
    """Wait until every result has been dealt with for good."""

    async def none_is_left() -> bool:
        return (await bus.jetstream.stream_info("AI_RESULTS")).state.messages == 0

    await until(none_is_left)


async def row(db: Connection, message_id: int) -> dict[str, object]:
    found = await db.fetchrow("SELECT * FROM messages WHERE id = $1", message_id)
    assert found
    return dict(found)


async def jobs(db: Connection, bus: Bus) -> list[AnswerJob]:
    """All answers that were asked for so far, in order, once everything has been published."""
    return [
        AnswerJob.model_validate_json(data)
        for subject, data in await everything(db, bus, "AI_JOBS")
        if "title" not in subject
    ]


async def everything(db: Connection, bus: Bus, stream: str) -> list[tuple[str, bytes]]:
    async def is_published() -> bool:
        return not await db.fetchval("SELECT count(*) FROM outbox")

    await until(is_published)
    return await pages.stored(bus, stream)


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
        return await pages.ask(self.web, chat, content)

    async def act(
        self, chat: int, message: int, action: str, *, turbo: bool = True, **fields: str
    ) -> httpx2.Response:
        """Do what a button of a message does."""
        path = pages.action_path(chat, message, action)
        return await self.web.client.post(path, data=fields, headers=TURBO if turbo else {})

    async def edit(self, chat: int, message: int, content: str, **fields: str) -> httpx2.Response:
        return await self.act(chat, message, "edit", turbo=True, content=content, **fields)

    async def page(self, chat: int) -> str:
        """Return the HTML of the chat's page."""
        page = await self.web.client.get(list_path(chat))
        assert page.status_code == 200
        return page.text

    async def shown(self, chat: int) -> list[int]:
        """List the ids of the messages on the chat's page."""
        return [number for number, _ in messages_in(await self.page(chat))]

    async def publish(self, result: AnswerResult | TitleResult) -> None:
        """Publish a result, as ai does."""
        await publish(self.ai, result)

    async def taken(self) -> None:
        """Wait until web has taken every result."""
        await taken(self.bus)

    async def end(self, message_id: int, **changes: object) -> None:
        """Have an answer end, and wait until that is stored."""
        await self.publish(result_of(message_id, **changes))
        await self.taken()

    async def write_log(self, message_id: int, *entries: AnswerLogEntry) -> None:
        """Append to the log of an answer, as ai does."""
        for entry in entries:
            payload = entry.model_dump_json().encode()
            await self.ai.publish(text_subject(message_id), payload, uuid4().hex)

    async def row(self, message_id: int) -> dict[str, object]:
        return await row(self.db, message_id)

    async def statuses(self) -> dict[int, str]:
        """Return the status of every answer."""
        rows = await self.db.fetch(
            "SELECT id, status FROM messages WHERE role = 'assistant' ORDER BY id"
        )
        return {row["id"]: row["status"] for row in rows}

    async def jobs(self) -> list[AnswerJob]:
        """List the jobs for answers so far, once the outbox is empty."""
        return await jobs(self.db, self.bus)

    async def title_jobs(self) -> list[TitleJob]:
        """List the jobs for titles so far, once the outbox is empty."""
        return [
            TitleJob.model_validate_json(data)
            for subject, data in await everything(self.db, self.bus, "AI_JOBS")
            if "title" in subject
        ]

    async def streams(self) -> list[str]:
        """List the Turbo Streams for pages of chats so far, once the outbox is empty."""
        return [
            data.decode()
            for subject, data in await everything(self.db, self.bus, "TURBO_STREAM")
            if not subject.startswith(pages.ACCOUNTS)
        ]

    async def account_streams(self) -> list[str]:
        """List the Turbo Streams for all pages of accounts so far, once the outbox is empty."""
        return [
            data.decode()
            for subject, data in await everything(self.db, self.bus, "TURBO_STREAM")
            if subject.startswith(pages.ACCOUNTS)
        ]


@pytest_asyncio.fixture
async def natter(web: Web, web_bus: Bus, ai_bus: Bus, db: Connection) -> Natter:
    return Natter(web, web_bus, ai_bus, db)
