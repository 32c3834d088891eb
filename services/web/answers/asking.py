"""Asks for an answer: to a new message, or to one that was edited."""

from markupsafe import Markup

from services.web.answers.allowance import allow_question
from services.web.answers.model import AnswerContext
from services.web.answers.turns import Asked, refresh_pages, take_turn
from services.web.chats.model import ChatKey
from services.web.chats.queries import lock_chat
from services.web.chats.titles import title_from_prompt
from services.web.db.pool import Connection
from services.web.messages.model import Draft, Exchange, Message
from services.web.messages.queries import get_message
from services.web.messages.service import (
    add_question_version,
    add_to_end,
    hidden_unfinished,
    own_question,
    sent_or_new,
)
from services.web.messages.views import exchange_streams
from services.web.models.queries import choose


async def send(db: Connection, context: AnswerContext, chat: ChatKey, draft: Draft) -> Markup:
    """Store a message and ask for its answer, within the caller's transaction.

    Returns the streams that add both to a page. The lock on the chat makes the order of
    publication that of storage when two people send at once. A draft that was sent before is not
    stored again. Raises `TooManyRequestsError`.
    """
    templates = context.templates
    await lock_chat(db, chat)
    draft_or_sent = await sent_or_new(db, chat, draft)
    if isinstance(draft_or_sent, Exchange):
        return await exchange_streams(templates, draft_or_sent)
    await allow_question(db, context.limits, account_id=chat.account_id)
    if draft.choice is not None:
        await choose(db, chat, draft.choice)
    question_id, answer_id = await add_to_end(db, chat, draft_or_sent)
    question = await get_message(db, chat, question_id)
    title = await title_from_prompt(db, chat, draft.content)
    asked = Asked(
        answer_id, lambda answer: exchange_streams(templates, Exchange(question, answer)), title
    )
    return await take_turn(db, context, chat, asked)


async def edit(
    db: Connection, context: AnswerContext, chat: ChatKey, message_id: int, draft: Draft
) -> list[Message]:
    """Store a new version of a question and ask for its answer.

    Returns the unfinished answers that the chat no longer shows: they hold up the new one, so the
    caller stops them. A draft that was sent before is not stored again. Raises `NotNowError` if the
    message is an answer, and `TooManyRequestsError`.
    """
    await lock_chat(db, chat)
    question = own_question(await get_message(db, chat, message_id))
    draft_or_sent = await sent_or_new(db, chat, draft)
    if isinstance(draft_or_sent, Exchange):
        return []
    await allow_question(db, context.limits, account_id=chat.account_id)
    if draft.choice is not None:
        await choose(db, chat, draft.choice)
    answer_id = await add_question_version(db, chat, question, draft_or_sent)
    await take_turn(db, context, chat, Asked(answer_id, refresh_pages))
    return await hidden_unfinished(db, chat)
