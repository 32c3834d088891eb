"""The ai service's part in a chat, and what people ask of a message, as the tests play them."""

from uuid import uuid4

import httpx2

from services.shared.bus.connection import Bus
from services.shared.bus.messages import (
    AnswerJob,
    AnswerLogEntry,
    AnswerResult,
    TitleJob,
    TitleResult,
)
from services.shared.bus.subjects import result_subject, text_subject, title_result_subject
from services.web.db.pool import Connection
from tests.integration.web.pages import TURBO, list_path, messages_in, send
from tests.support.stack import Web
from tests.support.waiting import until

TEXT = "# Hello\n\nThis is **it**."


async def ask(web: Web, chat: int, content: str = "Hello?") -> int:
    """Send a message and return the id of the answer to it."""
    return messages_in((await send(web, chat, content)).text)[1][0]


def action_path(chat: int, message: int, action: str) -> str:
    return f"/chat/{chat}/message/{message}/{action}/"


async def act(
    web: Web, chat: int, message: int, action: str, *, turbo: bool = True, **fields: str
) -> httpx2.Response:
    """Do what a button of a message does."""
    path = action_path(chat, message, action)
    return await web.client.post(path, data=fields, headers=TURBO if turbo else {})


async def edit(web: Web, chat: int, message: int, content: str, **fields: str) -> httpx2.Response:
    path = action_path(chat, message, "edit")
    return await web.client.post(path, data={"content": content, **fields}, headers=TURBO)


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


async def end(ai_bus: Bus, web_bus: Bus, message_id: int, **changes: object) -> None:
    """Have an answer end, and wait until that is recorded."""
    await publish(ai_bus, result_of(message_id, **changes))
    await taken(web_bus)


async def write_log(bus: Bus, message_id: int, *entries: AnswerLogEntry) -> None:
    """Append to the log in which an answer grows, as ai does."""
    for entry in entries:
        payload = entry.model_dump_json().encode()
        await bus.publish(text_subject(message_id), payload, uuid4().hex)


def logged(text: str, *, offset: int = 0, run: int = 1, **changes: object) -> AnswerLogEntry:
    entry = AnswerLogEntry(run=run, job=1, offset=offset, text=text, reasoning_offset=0)
    return entry.model_copy(update=changes)


async def row(db: Connection, message_id: int) -> dict[str, object]:
    found = await db.fetchrow("SELECT * FROM messages WHERE id = $1", message_id)
    assert found
    return dict(found)


async def statuses(db: Connection) -> dict[int, str]:
    """The status of every answer."""
    rows = await db.fetch("SELECT id, status FROM messages WHERE role = 'assistant' ORDER BY id")
    return {row["id"]: row["status"] for row in rows}


async def shown(web: Web, chat: int) -> list[int]:
    """The ids of the messages that the chat's page shows."""
    page = await web.client.get(list_path(chat))
    assert page.status_code == 200
    return [number for number, _ in messages_in(page.text)]


async def jobs(db: Connection, bus: Bus) -> list[AnswerJob]:
    """All answers that were asked for so far, in order, once everything has been published."""
    return [
        AnswerJob.model_validate_json(data)
        for subject, data in await everything(db, bus, "AI_JOBS")
        if "title" not in subject
    ]


async def title_jobs(db: Connection, bus: Bus) -> list[TitleJob]:
    """All titles that were asked for so far, in order, once everything has been published."""
    return [
        TitleJob.model_validate_json(data)
        for subject, data in await everything(db, bus, "AI_JOBS")
        if "title" in subject
    ]


async def streams(db: Connection, bus: Bus) -> list[str]:
    """All Turbo Streams so far, in order, once everything has been published."""
    return [data.decode() for _, data in await everything(db, bus, "TURBO_STREAM")]


async def everything(db: Connection, bus: Bus, stream: str) -> list[tuple[str, bytes]]:
    async def is_published() -> bool:
        return not await db.fetchval("SELECT count(*) FROM outbox")

    await until(is_published)
    state = (await bus.jetstream.stream_info(stream)).state
    numbers = range(state.first_seq, state.last_seq + 1)
    stored = [await bus.jetstream.get_msg(stream, number) for number in numbers]
    return [(message.subject or "", message.data or b"") for message in stored]


def turns(job: AnswerJob) -> list[str]:
    return [turn.content for turn in job.turns]
