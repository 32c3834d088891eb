"""Decides what the end of an answer means: the next in turn, a title, and what pages show."""

from typing import Final

from markupsafe import Markup

from services.shared.bus.answer_log import LoggedAnswer
from services.shared.bus.messages import AnswerResult, TitleResult
from services.web.answers.queries import end_answer, hold_chat_of, stop_answer
from services.web.chats.model import ChatKey
from services.web.chats.service import hold_chat, may_ask_for_title, take_title
from services.web.chats.views import title_streams
from services.web.db.outbox import publish_streams
from services.web.db.pool import Connection
from services.web.jobs.service import begin_next, publish_title_job
from services.web.messages.model import StoredStatus
from services.web.messages.service import own_message
from services.web.messages.views import footer_stream, message_stream
from services.web.rendering import Templates

UNREAD: Final = 0
"""The run of a result whose job no worker could read."""


async def record_answer(db: Connection, templates: Templates, result: AnswerResult) -> bool:
    """Store a result, within the caller's transaction; tell whether it was the first of its run.

    Its worker has shown it already, unless none could do the job. The next answer of the chat has
    its turn now.
    """
    chat = await hold_chat_of(db, result.message_id)
    if chat is None or not await end_answer(db, chat, result):
        return False
    if result.run == UNREAD or result.error == "interrupted":
        failed = await own_message(db, chat, result.message_id)
        await publish_streams(db, chat.id, await message_stream(templates, failed))
    await begin_next(db, templates, chat)
    has_text = result.status != "failed" and bool(result.text.strip())
    if has_text and await may_ask_for_title(db, chat):
        await publish_title_job(db, chat, result.message_id, result.text)
    return True


async def record_logged(
    db: Connection, templates: Templates, message_id: int, logged: LoggedAnswer
) -> Markup | None:
    """End an answer as its log says, whose result does not come; as stopped where it says nothing.

    Returns what pages are shown; None where the answer has ended, or another run of it is under
    way.
    """
    ended = logged.result or AnswerResult(
        message_id=message_id, run=logged.run, status="stopped", text=""
    )
    texts = {"text": logged.text, "reasoning": logged.reasoning}
    result = ended.model_copy(update=texts)
    if not await record_answer(db, templates, result):
        return None
    chat = await hold_chat_of(db, message_id)
    if chat is None:
        return None
    streams = await message_stream(templates, await own_message(db, chat, message_id))
    await publish_streams(db, chat.id, streams)
    return streams


async def record_title(db: Connection, result: TitleResult) -> bool:
    """Name a chat as a model proposes, and show that; tell whether it is so named now."""
    title = await take_title(db, result.chat_id, result.title or "")
    if title is None:
        return False
    await publish_streams(db, result.chat_id, title_streams(result.chat_id, title))
    return True


async def stop_at_once(
    db: Connection,
    templates: Templates,
    chat: ChatKey,
    answer: tuple[int, int],
    statuses: list[StoredStatus],
) -> Markup | None:
    """End an answer that nobody writes as stopped, given its id and run, and show that.

    Returns what pages are shown; None where its status is none of `statuses`, or not of this run.
    """
    await hold_chat(db, chat)
    message_id, run = answer
    if not await stop_answer(db, chat, message_id, run, list(statuses)):
        return None
    stopped = await own_message(db, chat, message_id)
    # A text that was to go on has an open end on the pages.
    show = message_stream if stopped.content else footer_stream
    streams = await show(templates, stopped)
    await publish_streams(db, chat.id, streams)
    await begin_next(db, templates, chat)
    return streams
