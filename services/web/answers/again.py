"""Asks again for an answer: retries it, continues it, or adds another version."""

from functools import partial
from typing import Final

from services.shared.bus.messages import fits_a_job
from services.web.answers.allowance import allow_question
from services.web.answers.model import AnswerContext
from services.web.answers.queries import ask_of, restart
from services.web.answers.turns import Asked, refresh_pages, take_turn
from services.web.chats.model import ChatKey
from services.web.chats.queries import lock_chat
from services.web.db.pool import Connection
from services.web.errors import NotNowError
from services.web.messages.model import Message
from services.web.messages.queries import get_message
from services.web.messages.service import (
    add_answer_version,
    hidden_unfinished,
    is_shown,
)
from services.web.messages.views import message_stream
from services.web.models.model import Choice
from services.web.models.queries import find_choice

GONE: Final = frozenset({"connection_missing", "model_missing"})
"""Why an answer failed that the same model cannot give."""


async def retry(db: Connection, context: AnswerContext, chat: ChatKey, message_id: int) -> None:
    """Ask again for an answer that failed, within the caller's transaction.

    The same model is asked, or that of the chat if it is gone. If the answer has some text, it
    stays as a version beside the new one. Nothing happens if the answer is unfinished or no longer
    shown. Raises `NotNowError` if it has not failed.
    """
    await lock_chat(db, chat)
    answer = await get_message(db, chat, message_id)
    if answer.is_unfinished or not await is_shown(db, chat, message_id):
        return
    if answer.status != "failed":
        raise NotNowError("This answer has not failed, so there is nothing to retry.")
    await allow_question(db, context.limits, account_id=chat.account_id)
    asked = Choice(answer.connection, answer.asked_model)
    choice = await find_choice(db, chat) if answer.error in GONE else asked
    if answer.content:
        await _add_version(db, context, chat, answer, choice)
    else:
        await ask_of(db, chat, message_id, choice)
        await _run_again(db, context, chat, answer)


async def continue_(db: Connection, context: AnswerContext, chat: ChatKey, message_id: int) -> None:
    """Continue an answer that was cut off, within the caller's transaction.

    Nothing happens if the answer is unfinished or no longer shown. Raises `NotNowError` if it
    cannot be continued.
    """
    await lock_chat(db, chat)
    answer = await get_message(db, chat, message_id)
    if answer.is_unfinished or not await is_shown(db, chat, message_id):
        return
    if not answer.can_be_continued:
        raise NotNowError("This answer has reached its end, so it cannot be continued.")
    if not fits_a_job(answer.content):
        raise NotNowError("This answer is too long to be continued.")
    await allow_question(db, context.limits, account_id=chat.account_id)
    await _run_again(db, context, chat, answer)


async def regenerate(
    db: Connection,
    context: AnswerContext,
    chat: ChatKey,
    message_id: int,
    choice: Choice | None = None,
) -> list[Message]:
    """Add another version of an answer, within the caller's transaction.

    `choice` is asked for this version alone; None stands for the chat's model. Returns the
    unfinished answers that the chat no longer shows, as `asking.edit` does. Nothing happens if the
    answer is no longer shown: another tab or a double click has done this already. Raises
    `NotNowError` if the message is not a finished answer.
    """
    await lock_chat(db, chat)
    if not await is_shown(db, chat, message_id):
        return []
    answer = await get_message(db, chat, message_id)
    if not answer.can_be_regenerated:
        raise NotNowError("Only an answer that has ended can be asked for again.")
    await allow_question(db, context.limits, account_id=chat.account_id)
    await _add_version(db, context, chat, answer, choice)
    return await hidden_unfinished(db, chat)


async def _add_version(
    db: Connection, context: AnswerContext, chat: ChatKey, answer: Message, choice: Choice | None
) -> None:
    """Ask for a new version, which the chat shows instead of `answer`."""
    added = await add_answer_version(db, chat, answer)
    if choice is not None:
        await ask_of(db, chat, added, choice)
    await take_turn(db, context, chat, Asked(added, refresh_pages))


async def _run_again(
    db: Connection, context: AnswerContext, chat: ChatKey, answer: Message
) -> None:
    """Ask for another run of the answer in its place, which continues the text that it has."""
    await restart(db, chat, answer.id)
    await take_turn(db, context, chat, Asked(answer.id, partial(message_stream, context.templates)))
