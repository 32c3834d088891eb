"""Decides what sending a message means: both rows, the Turbo Stream and the job, or nothing."""

from uuid import uuid4

from services.shared.messages import AnswerJob
from services.shared.rendering import Renderer
from services.shared.subjects import chat_group, job_subject, turbo_stream_subject
from services.web.chats.service import hold_chat, name_after
from services.web.db.outbox import Publication, insert_publication
from services.web.db.pool import Connection
from services.web.messages.model import Draft, Exchange, Message
from services.web.messages.prompt import JOB_TURNS, turns_that_fit
from services.web.messages.queries import (
    find_exchange,
    insert_answer,
    insert_question,
    list_earlier,
    list_messages,
)
from services.web.messages.views import exchange_streams, title_streams


async def conversation(db: Connection, *, account_id: int, chat_id: int) -> list[Message]:
    """List what was said in a chat, oldest first."""
    return await list_messages(db, account_id=account_id, chat_id=chat_id)


async def send_message(
    db: Connection, renderer: Renderer, draft: Draft, *, account_id: int, chat_id: int
) -> Exchange:
    """Store a message and ask for its answer, within the caller's transaction.

    The chat is held meanwhile, so that what two people send at once is published in the order in
    which it is stored. A draft that was sent before, by its key and text, is not stored again.
    """
    chat = await hold_chat(db, account_id=account_id, chat_id=chat_id)
    sent = await find_exchange(db, account_id=account_id, chat_id=chat_id, key=draft.key)
    if sent and sent[0].content == draft.content:
        return Exchange(*sent)
    # A page that kept its key after sending has something else to say with it now.
    key = uuid4() if sent else draft.key
    question = await insert_question(
        db, account_id=account_id, chat_id=chat_id, content=draft.content, key=key
    )
    answer = await insert_answer(db, account_id=account_id, chat_id=chat_id)
    exchange = Exchange(question, answer)
    title = await name_after(db, chat, draft.content, account_id=account_id)
    streams = exchange_streams(renderer, chat_id, exchange)
    if title is not None:
        streams += title_streams(chat_id, title)
    subject = turbo_stream_subject(chat_group(chat_id))
    await insert_publication(db, Publication(subject, streams.encode()))
    await _publish_job(db, account_id, chat_id, exchange)
    return exchange


async def _publish_job(db: Connection, account_id: int, chat_id: int, exchange: Exchange) -> None:
    earlier = await list_earlier(
        db, account_id=account_id, chat_id=chat_id, until=exchange.question.id, limit=JOB_TURNS
    )
    job = AnswerJob(
        message_id=exchange.answer.id, group=chat_group(chat_id), turns=turns_that_fit(earlier)
    )
    payload = job.model_dump_json().encode()
    await insert_publication(db, Publication(job_subject(exchange.answer.id), payload))
