"""Decides what a chat shows, and where in it a new message goes."""

from uuid import uuid4

from services.web.chats.model import ChatKey
from services.web.db.pool import Connection
from services.web.errors import NotFoundError
from services.web.messages.model import Draft, Exchange, Message
from services.web.messages.queries import (
    find_following,
    find_message,
    find_question,
    insert_answer,
    insert_question,
    list_path,
    list_queued,
    list_shown,
    list_unfinished,
    select_line,
)


async def path(db: Connection, chat: ChatKey) -> list[Message]:
    """List the messages that a chat shows, oldest first."""
    return await list_path(db, chat)


async def queued_answers(db: Connection, chat: ChatKey) -> list[int]:
    """List the ids of the chat's answers that a worker has or will have."""
    return await list_queued(db, chat)


async def hidden_unfinished(db: Connection, chat: ChatKey) -> list[Message]:
    """List the answers that have not ended and that the chat does not show, oldest first."""
    shown = set(await list_shown(db, chat))
    hidden = [each for each in await list_unfinished(db, chat) if each not in shown]
    return [await own_message(db, chat, each) for each in hidden]


async def own_message(db: Connection, chat: ChatKey, message_id: int) -> Message:
    """Return a message of the chat, shown or not; any other is not found."""
    message = await find_message(db, chat, message_id)
    if message is None:
        raise NotFoundError
    return message


async def is_shown(db: Connection, chat: ChatKey, message_id: int) -> bool:
    """Tell whether the chat shows a message, rather than another version of it or before it."""
    return message_id in await list_shown(db, chat)


async def sent_before(db: Connection, chat: ChatKey, draft: Draft) -> Exchange | None:
    """Return what came of a draft that was sent before: the same text with the same key."""
    question_id = await find_question(db, chat, draft.key)
    answer_id = question_id and await find_following(db, chat, question_id)
    if not question_id or not answer_id:
        return None
    exchange = await stored_exchange(db, chat, question_id, answer_id)
    return exchange if exchange.question.content == draft.content else None


async def add_to_end(db: Connection, chat: ChatKey, draft: Draft) -> tuple[int, int]:
    """Store a question after the last message that is shown, and its answer; return their ids."""
    shown = await list_shown(db, chat)
    parent_id = shown[-1] if shown else None
    return await _add_exchange(db, chat, parent_id, draft, selected=True)


async def add_question_version(
    db: Connection, chat: ChatKey, original: Message, draft: Draft
) -> tuple[int, int]:
    """Store a question beside `original`, and its answer, and show them; return their ids."""
    question_id, answer_id = await _add_exchange(
        db, chat, original.parent_id, draft, selected=False
    )
    await select_line(db, chat, question_id)
    return question_id, answer_id


async def add_answer_version(db: Connection, chat: ChatKey, original: Message) -> int:
    """Store an answer beside `original` and show it; return its id."""
    answer_id = await insert_answer(db, chat, original.parent_id, selected=False)
    await select_line(db, chat, answer_id)
    return answer_id


async def show_version(db: Connection, chat: ChatKey, message_id: int) -> None:
    """Have the chat show a message, and after it what was shown there last."""
    await select_line(db, chat, message_id)


async def stored_exchange(
    db: Connection, chat: ChatKey, question_id: int, answer_id: int
) -> Exchange:
    """Return a question and its answer as they are stored now."""
    return Exchange(
        await own_message(db, chat, question_id), await own_message(db, chat, answer_id)
    )


async def _add_exchange(
    db: Connection, chat: ChatKey, parent_id: int | None, draft: Draft, *, selected: bool
) -> tuple[int, int]:
    # A page that kept its key after sending has something else to say with it now.
    key = uuid4() if await find_question(db, chat, draft.key) else draft.key
    question_id = await insert_question(
        db, chat, parent_id, content=draft.content, key=key, selected=selected
    )
    return question_id, await insert_answer(db, chat, question_id, selected=True)
