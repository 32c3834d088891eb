"""Stops answers: by an order to the worker that writes one, or in the database."""

import asyncio
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import uuid4

from markupsafe import Markup
from pydantic import ValidationError

from services.shared.bus.answer_log import LoggedAnswer, read_answer_log
from services.shared.bus.connection import Bus
from services.shared.bus.errors import CONNECTION_FAULTS, BusAwayError
from services.shared.bus.messages import Stop
from services.shared.bus.subjects import stop_key_subject, stop_subject
from services.shared.process.logging import get_logger
from services.web.answers.model import AnswerContext
from services.web.answers.results import record_logged, record_stopped
from services.web.chats.model import ChatKey
from services.web.db.pool import Pool, connection, transaction
from services.web.errors import BusUnreachableError
from services.web.messages.model import Message, StoredStatus
from services.web.messages.queries import get_message

log = get_logger("web.answers")

ORDER_SECONDS: Final = 5.0
# A worker that still wrote this answer would have stopped long ago.
LONGEST_SILENCE: Final = timedelta(minutes=15)
UNBEGUN: Final[list[StoredStatus]] = ["waiting"]
UNENDED: Final[list[StoredStatus]] = ["waiting", "queued"]


async def stop_answer(
    pool: Pool, bus: Bus, context: AnswerContext, chat: ChatKey, answer: Message
) -> Markup:
    """Stop an answer; `answer` is its row as the guard read it.

    Returns the streams that show this. They are empty if the answer has ended, or if a worker
    writes it, whose result will follow. Raises `BusUnreachableError` if NATS does not take the
    order to the worker.
    """
    if answer.status == "waiting":
        if streams := await _stop_in_database(pool, context, chat, answer, UNBEGUN):
            return streams
        # It got its turn in the meantime.
        async with connection(pool) as db:
            answer = await get_message(db, chat, answer.id)
    if answer.status != "queued":
        return Markup()
    await _tell_worker(bus, answer)
    try:
        logged = await read_answer_log(bus, answer.id)
    except (BusAwayError, ValidationError) as error:
        # If in doubt, a worker has it and will end it.
        log.warning("text_log_unread", message_id=answer.id, error=type(error).__name__)
        return Markup()
    if logged is None or logged.run != answer.run:
        return await _stop_in_database(pool, context, chat, answer, UNENDED) or Markup()
    if logged.result is None and not _is_abandoned(logged):
        return Markup()
    async with transaction(pool) as db:
        return await record_logged(db, context, chat, answer.id, logged) or Markup()


async def stop_hidden(
    pool: Pool, bus: Bus, context: AnswerContext, chat: ChatKey, hidden: list[Message]
) -> None:
    """Stop answers that the chat no longer shows, so that they do not hold up what it shows."""
    # The newest first: the end of an older one would only begin the next.
    for answer in reversed(hidden):
        # Without NATS the shown answer gets its turn too, only later.
        with suppress(BusUnreachableError):
            await stop_answer(pool, bus, context, chat, answer)


async def _stop_in_database(
    pool: Pool, context: AnswerContext, chat: ChatKey, answer: Message, statuses: list[StoredStatus]
) -> Markup | None:
    async with transaction(pool) as db:
        return await record_stopped(db, context, chat, answer, statuses)


async def _tell_worker(bus: Bus, answer: Message) -> None:
    order = Stop(message_id=answer.id, run=answer.run).model_dump_json().encode()
    try:
        async with asyncio.timeout(ORDER_SECONDS):
            # The key first: a worker that does not listen yet will look for it.
            await bus.publish(stop_key_subject(answer.id), order, uuid4().hex)
            await bus.client.publish(stop_subject(answer.id), order)
    except (TimeoutError, BusAwayError, *CONNECTION_FAULTS) as error:
        log.warning("stop_not_sent", message_id=answer.id, error=repr(error))
        raise BusUnreachableError from error


def _is_abandoned(logged: LoggedAnswer) -> bool:
    """Return whether an answer has not grown for longer than any worker allows."""
    last = logged.written_at
    return last is not None and datetime.now(UTC) - last > LONGEST_SILENCE
