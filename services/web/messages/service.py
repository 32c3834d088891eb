"""Adds messages and versions to a chat, and chooses which of them it shows."""

import dataclasses
from uuid import uuid4

from services.shared.bus.subjects import chat_group
from services.shared.pages.turbo import refresh
from services.web.chats.listing.publishing import publish_activity
from services.web.chats.model import ChatKey
from services.web.chats.queries import lock_chat
from services.web.db.outbox import publish_streams
from services.web.db.pool import Connection
from services.web.errors import NotFoundError, NotNowError
from services.web.messages.model import Draft, Exchange, Message
from services.web.messages.queries import (
    copy_line,
    find_following,
    find_question,
    get_message,
    insert_answer,
    insert_question,
    list_messages,
    list_shown,
    list_unfinished,
    select_line,
)
from services.web.rendering.templates import Templates


def own_question(message: Message) -> Message:
    """Return a message that a person wrote; raise `NotNowError` for an answer."""
    if message.is_answer:
        raise NotNowError("Only what you wrote yourself can be edited.")
    return message


async def is_shown(db: Connection, chat: ChatKey, message_id: int) -> bool:
    """Return whether the chat shows this message, and no other version of it or before it."""
    return message_id in await list_shown(db, chat)


async def hidden_unfinished(db: Connection, chat: ChatKey) -> list[Message]:
    """List the unfinished answers that the chat does not show, oldest first."""
    shown = set(await list_shown(db, chat))
    hidden = [each for each in await list_unfinished(db, chat) if each not in shown]
    return await list_messages(db, chat, hidden)


async def sent_or_new(db: Connection, chat: ChatKey, draft: Draft) -> Exchange | Draft:
    """Return the exchange of a draft that was sent before, else the draft to store.

    A draft was sent before if its key is stored with the same text. If the key is stored with
    another text, the draft gets a new key: the page has kept its key after sending.
    """
    question_id = await find_question(db, chat, draft.key)
    if question_id is None:
        return draft
    if answer_id := await find_following(db, chat, question_id):
        question = await get_message(db, chat, question_id)
        if question.content == draft.content:
            return Exchange(question, await get_message(db, chat, answer_id))
    return dataclasses.replace(draft, key=uuid4())


async def add_to_end(db: Connection, chat: ChatKey, draft: Draft) -> tuple[int, int]:
    """Store a question after the last message shown, and its answer; return their ids."""
    shown = await list_shown(db, chat)
    parent_id = shown[-1] if shown else None
    question_id = await insert_question(db, chat, parent_id, draft, selected=True)
    return question_id, await insert_answer(db, chat, question_id, selected=True)


async def add_question_version(
    db: Connection, chat: ChatKey, original: Message, draft: Draft
) -> int:
    """Store a question beside `original`, and its answer; show both and return the answer's id."""
    question_id = await insert_question(db, chat, original.parent_id, draft, selected=False)
    answer_id = await insert_answer(db, chat, question_id, selected=True)
    await select_line(db, chat, question_id)
    return answer_id


async def add_answer_version(db: Connection, chat: ChatKey, original: Message) -> int:
    """Store an answer beside `original` and show it; return its id."""
    answer_id = await insert_answer(db, chat, original.parent_id, selected=False)
    await select_line(db, chat, answer_id)
    return answer_id


async def show_version(db: Connection, chat: ChatKey, message_id: int) -> None:
    """Show a version of a message, and what followed it last, on every open page."""
    await lock_chat(db, chat)
    if not await is_shown(db, chat, message_id):
        await select_line(db, chat, message_id)
        await publish_streams(db, chat_group(chat.id), refresh())


async def fork(db: Connection, templates: Templates, chat: ChatKey, message_id: int) -> int:
    """Begin a chat with a message and all before it, and list it; return its id."""
    copy = await copy_line(db, chat, message_id)
    if copy is None:
        raise NotFoundError
    await publish_activity(db, templates, ChatKey(chat.account_id, copy))
    return copy
