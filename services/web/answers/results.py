"""Ends answers: stores the result, gives the turn to the next answer, and shows both."""

from typing import Final

from markupsafe import Markup

from services.shared.bus.answer_log import LoggedAnswer
from services.shared.bus.messages import AnswerResult, TitleResult
from services.shared.bus.subjects import chat_group
from services.web.answers.jobs import publish_title_job
from services.web.answers.model import AnswerContext
from services.web.answers.queries import (
    countable,
    end_answer,
    end_as_stopped,
    find_owner_of_answer,
)
from services.web.answers.turns import take_turn
from services.web.chats.changes.seeing import note_end
from services.web.chats.model import ChatKey
from services.web.chats.queries import count_title_try, find_owner, lock_stored_chat
from services.web.chats.titles import title_from_model
from services.web.db.outbox import publish_streams
from services.web.db.pool import Connection
from services.web.limits.queries import count_tokens
from services.web.messages.model import Message, StoredStatus
from services.web.messages.queries import get_message
from services.web.messages.views import footer_stream, message_stream

UNREAD: Final = 0
"""The run in a result whose job no worker could read."""
TITLE_TRIES: Final = 3


async def record_answer(db: Connection, context: AnswerContext, result: AnswerResult) -> bool:
    """Store a result from the bus, within the caller's transaction; False for a repeated one."""
    chat = await find_owner_of_answer(db, result.message_id)
    return chat is not None and await _record(db, context, chat, result)


async def record_logged(
    db: Connection, context: AnswerContext, chat: ChatKey, message_id: int, logged: LoggedAnswer
) -> Markup | None:
    """End an answer with the text in its log, because no result comes for it.

    It ends as the log says, or as stopped if the log has no end. Returns the streams that show
    this; None if the answer has ended, or another run of it has begun.
    """
    ended = logged.result or AnswerResult(
        message_id=message_id, run=logged.run, status="stopped", text=""
    )
    texts = {"text": logged.text, "reasoning": logged.reasoning}
    if not await _record(db, context, chat, ended.model_copy(update=texts)):
        return None
    streams = await message_stream(context.templates, await get_message(db, chat, message_id))
    await publish_streams(db, chat_group(chat.id), streams)
    return streams


async def record_stopped(
    db: Connection,
    context: AnswerContext,
    chat: ChatKey,
    answer: Message,
    statuses: list[StoredStatus],
) -> Markup | None:
    """End an answer that no worker writes as stopped.

    Returns the streams that show this; None if its status is not one of `statuses`, or it has had
    another run since `answer` was read.
    """
    await lock_stored_chat(db, chat)
    if not await end_as_stopped(db, chat, answer.id, answer.run, statuses):
        return None
    stopped = await get_message(db, chat, answer.id)
    # A text that was to be continued has an open end on the pages.
    show = message_stream if stopped.content else footer_stream
    streams = await show(context.templates, stopped)
    await publish_streams(db, chat_group(chat.id), streams)
    await take_turn(db, context, chat)
    await note_end(db, context.templates, chat, is_news=False)
    return streams


async def record_title(db: Connection, result: TitleResult) -> bool:
    """Set the title that a model proposes, and show it; False if the chat keeps its title."""
    chat = await find_owner(db, result.chat_id)
    return chat is not None and await title_from_model(db, chat, result.title or "")


async def _record(
    db: Connection, context: AnswerContext, chat: ChatKey, result: AnswerResult
) -> bool:
    await lock_stored_chat(db, chat)
    if not await end_answer(db, chat, result):
        return False
    if tokens := _used_tokens(result):
        await count_tokens(db, tokens, account_id=chat.account_id)
    # Other ends were shown by the worker.
    if result.run == UNREAD or result.error == "interrupted":
        failed = await get_message(db, chat, result.message_id)
        await publish_streams(
            db, chat_group(chat.id), await message_stream(context.templates, failed)
        )
    await take_turn(db, context, chat)
    await note_end(db, context.templates, chat, is_news=result.status != "stopped")
    has_text = result.status != "failed" and bool(result.text.strip())
    if has_text and await count_title_try(db, chat, most=TITLE_TRIES):
        await publish_title_job(db, chat, result.message_id, result.text)
    return True


def _used_tokens(result: AnswerResult) -> int:
    return sum(countable(each) or 0 for each in (result.prompt_tokens, result.completion_tokens))
