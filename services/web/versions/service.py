"""Decides what becomes of a chat when something in it is said or answered anew."""

from services.shared.pages.turbo import refresh
from services.web.chats.model import ChatKey
from services.web.chats.service import hold_chat
from services.web.db.outbox import publish_streams
from services.web.db.pool import Connection
from services.web.errors import NotNowError
from services.web.jobs.service import publish_job, take_turn
from services.web.messages.model import Draft, Message
from services.web.messages.service import (
    add_answer_version,
    add_question_version,
    hidden_unfinished,
    is_shown,
    own_message,
    sent_before,
    show_version,
)
from services.web.rendering import Templates


async def regenerate(
    db: Connection, templates: Templates, chat: ChatKey, message_id: int
) -> list[Message]:
    """Ask for another version of an answer, within the caller's transaction.

    Returns the unended answers that the chat shows no longer: they hold it up, and can be stopped.
    One that is shown no longer has been asked for anew already, in another tab or by a double
    click: nothing happens. Raises `NotNowError` for what is no finished answer.
    """
    await hold_chat(db, chat)
    if not await is_shown(db, chat, message_id):
        return []
    answer = await own_message(db, chat, message_id)
    if not answer.can_be_regenerated:
        raise NotNowError("Only an answer that has ended can be asked for again.")
    await add_another_answer(db, templates, chat, answer)
    return await hidden_unfinished(db, chat)


async def add_another_answer(
    db: Connection, templates: Templates, chat: ChatKey, answer: Message
) -> None:
    """Have a version of `answer` written that the chat, which is held, shows in its place."""
    await add_answer_version(db, chat, answer)
    await _show_everything_and_begin(db, templates, chat)


async def edit(
    db: Connection, templates: Templates, chat: ChatKey, message_id: int, draft: Draft
) -> list[Message]:
    """Say something else in the place of a question, and ask for its answer.

    Returns what `regenerate` does. A draft that was sent before is not stored again. Raises
    `NotNowError` for an answer.
    """
    await hold_chat(db, chat)
    question = own_question(await own_message(db, chat, message_id))
    if await sent_before(db, chat, draft):
        return []
    await add_question_version(db, chat, question, draft)
    await _show_everything_and_begin(db, templates, chat)
    return await hidden_unfinished(db, chat)


def own_question(message: Message) -> Message:
    """Return a message that its reader wrote; raise `NotNowError` for any other."""
    if message.is_answer:
        raise NotNowError("Only what you wrote yourself can be edited.")
    return message


async def show(db: Connection, chat: ChatKey, message_id: int) -> None:
    """Have the chat show a version of a message, on every open page."""
    await hold_chat(db, chat)
    if not await is_shown(db, chat, message_id):
        await show_version(db, chat, message_id)
        await publish_streams(db, chat.id, refresh())


async def _show_everything_and_begin(db: Connection, templates: Templates, chat: ChatKey) -> None:
    promoted = await take_turn(db, chat)
    await publish_streams(db, chat.id, refresh())
    if promoted is not None:
        await publish_job(db, templates, chat, await own_message(db, chat, promoted))
