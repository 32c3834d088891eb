"""Decides what sending a message means: both rows, the Turbo Stream and the job, or nothing."""

from services.web.chats.model import ChatKey
from services.web.chats.service import hold_chat, name_after
from services.web.chats.views import title_streams
from services.web.db.outbox import publish_streams
from services.web.db.pool import Connection
from services.web.jobs.service import publish_job, take_turn
from services.web.messages.model import Draft, Exchange
from services.web.messages.service import add_to_end, own_message, sent_before, stored_exchange
from services.web.messages.views import exchange_streams
from services.web.rendering import Templates


async def send_message(
    db: Connection, templates: Templates, chat: ChatKey, draft: Draft
) -> Exchange:
    """Store a message and ask for its answer, within the caller's transaction.

    The chat is held meanwhile, so that what two people send at once is published in the order in
    which it is stored. A draft that was sent before, by its key and text, is not stored again. An
    answer waits until those before it have ended.
    """
    await hold_chat(db, chat)
    if sent := await sent_before(db, chat, draft):
        return sent
    question_id, answer_id = await add_to_end(db, chat, draft)
    promoted = await take_turn(db, chat)
    exchange = await stored_exchange(db, chat, question_id, answer_id)
    streams = await exchange_streams(templates, exchange)
    title = await name_after(db, chat, draft.content)
    if title is not None:
        streams += title_streams(chat.id, title)
    await publish_streams(db, chat.id, streams)
    if promoted is not None:
        await publish_job(db, templates, chat, await own_message(db, chat, promoted))
    return exchange
