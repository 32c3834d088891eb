"""Decides what stopping, retrying and continuing an answer mean."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import uuid4

from markupsafe import Markup
from pydantic import ValidationError

from services.shared.bus.answer_log import LoggedAnswer, read_answer_log
from services.shared.bus.connection import Bus
from services.shared.bus.errors import CONNECTION_FAULTS, BusAwayError
from services.shared.bus.messages import Stop, fits_a_job
from services.shared.bus.subjects import stop_key_subject, stop_subject
from services.shared.process.logging import get_logger
from services.web.answers.service import record_logged, stop_at_once
from services.web.chats.model import ChatKey
from services.web.chats.service import hold_chat
from services.web.db.outbox import publish_streams
from services.web.db.pool import Connection, Pool, connection, transaction
from services.web.errors import BusUnreachableError, NotNowError
from services.web.jobs.service import publish_job, take_turn, wait_again
from services.web.messages.model import Message, StoredStatus
from services.web.messages.service import is_shown, own_message
from services.web.messages.views import message_stream
from services.web.rendering import Templates
from services.web.versions.service import add_another_answer

log = get_logger("web.actions")

ORDER_SECONDS: Final = 5.0
# A worker that had this answer in hand would have obeyed the stop long ago, or be gone.
LONGEST_SILENCE: Final = timedelta(minutes=15)
UNBEGUN: Final[list[StoredStatus]] = ["waiting"]
UNENDED: Final[list[StoredStatus]] = ["waiting", "queued"]


async def retry(db: Connection, templates: Templates, chat: ChatKey, message_id: int) -> None:
    """Ask again for an answer that failed, within the caller's transaction.

    What it has of a text stays as a version of its own. An answer that is being written again
    already, or that is shown no longer, is left alone. Raises `NotNowError` where none failed.
    """
    await hold_chat(db, chat)
    answer = await own_message(db, chat, message_id)
    if answer.is_unfinished or not await is_shown(db, chat, message_id):
        return
    if answer.status != "failed":
        raise NotNowError("This answer has not failed, so there is nothing to retry.")
    if answer.content:
        await add_another_answer(db, templates, chat, answer)
    else:
        await _run_again(db, templates, chat, answer)


async def continue_(db: Connection, templates: Templates, chat: ChatKey, message_id: int) -> None:
    """Have an answer that ended too early go on, within the caller's transaction.

    Left alone and raised are as in `retry`.
    """
    await hold_chat(db, chat)
    answer = await own_message(db, chat, message_id)
    if answer.is_unfinished or not await is_shown(db, chat, message_id):
        return
    if not answer.can_be_continued:
        raise NotNowError("This answer has reached its end, so it cannot be continued.")
    if not fits_a_job(answer.content):
        raise NotNowError("This answer is too long to be continued.")
    await _run_again(db, templates, chat, answer)


async def _run_again(db: Connection, templates: Templates, chat: ChatKey, answer: Message) -> None:
    await wait_again(db, chat, answer)
    promoted = await take_turn(db, chat)
    answer = await own_message(db, chat, answer.id)
    await publish_streams(db, chat.id, await message_stream(templates, answer))
    if promoted is not None:
        await publish_job(db, templates, chat, await own_message(db, chat, promoted))


@dataclass(frozen=True, slots=True)
class Stops:
    """Stops answers: at a worker where one has it, else in the database."""

    pool: Pool
    bus: Bus
    templates: Templates

    async def stop(self, chat: ChatKey, answer: Message) -> Markup:
        """Stop an answer, as it was a moment ago; return what has changed on the pages by now.

        That is nothing where a worker writes it, whose result will say more, or where it has
        ended. Raises `BusUnreachableError` where the bus does not take the order.
        """
        if answer.status == "waiting":
            if streams := await self._stop_at_once(chat, answer, UNBEGUN):
                return streams
            # Its turn has come meanwhile.
            async with connection(self.pool) as db:
                answer = await own_message(db, chat, answer.id)
        if answer.status != "queued":
            return Markup()
        await self._tell_worker(answer)
        try:
            logged = await read_answer_log(self.bus, answer.id)
        except (BusAwayError, ValidationError) as error:
            # When in doubt, a worker has it in hand and will end it.
            log.warning("text_log_unread", message_id=answer.id, error=type(error).__name__)
            return Markup()
        if logged is None or logged.run != answer.run:
            return await self._stop_at_once(chat, answer, UNENDED) or Markup()
        if logged.result is None and not _is_abandoned(logged):
            return Markup()
        async with transaction(self.pool) as db:
            return await record_logged(db, self.templates, answer.id, logged) or Markup()

    async def _stop_at_once(
        self, chat: ChatKey, answer: Message, statuses: list[StoredStatus]
    ) -> Markup | None:
        async with transaction(self.pool) as db:
            return await stop_at_once(db, self.templates, chat, (answer.id, answer.run), statuses)

    async def _tell_worker(self, answer: Message) -> None:
        order = Stop(message_id=answer.id, run=answer.run).model_dump_json().encode()
        try:
            async with asyncio.timeout(ORDER_SECONDS):
                # The key first: a worker that is not listening yet looks for it.
                await self.bus.publish(stop_key_subject(answer.id), order, uuid4().hex)
                await self.bus.client.publish(stop_subject(answer.id), order)
        except (TimeoutError, BusAwayError, *CONNECTION_FAULTS) as error:
            log.warning("stop_not_sent", message_id=answer.id, error=repr(error))
            raise BusUnreachableError from error


def _is_abandoned(logged: LoggedAnswer) -> bool:
    """Tell an answer that has stood still for longer than any worker lets it."""
    last = logged.written_at
    return last is not None and datetime.now(UTC) - last > LONGEST_SILENCE
