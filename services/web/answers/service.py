"""Takes results from the bus into the database; one is gone from the bus only when it is stored."""

import asyncio
from dataclasses import dataclass
from typing import Final

import nats.errors
from nats.aio.msg import Msg
from nats.js import JetStreamContext
from pydantic import ValidationError

from services.shared.bus import Bus
from services.shared.logging import get_logger
from services.shared.messages import AnswerResult
from services.shared.subjects import AI_RESULTS, AI_RESULTS_CONSUMER
from services.web.answers.queries import end_answer
from services.web.db.pool import Pool, transaction
from services.web.errors import DatabaseAwayError

FETCH_SECONDS: Final = 5.0
RETRY_SECONDS: Final = 0.5

log = get_logger("web.answers")


@dataclass(frozen=True, slots=True)
class Recorder:
    """One process's share of the results."""

    pool: Pool
    bus: Bus

    async def run(self) -> None:
        """Record results until cancelled."""
        results = await self.bus.jetstream.pull_subscribe_bind(
            consumer=AI_RESULTS_CONSUMER, stream=AI_RESULTS
        )
        while True:
            message = await _next_result(results)
            await self._record(message)

    async def _record(self, message: Msg) -> None:
        try:
            result = AnswerResult.model_validate_json(message.data)
        except ValidationError:
            log.error("result_refused", subject=message.subject, size=len(message.data))  # noqa: TRY400 - the trace would hold the answer
            await message.term()
            return
        await self._store(message, result)
        await message.ack()

    async def _store(self, message: Msg, result: AnswerResult) -> None:
        """Store a result, however long the database is away."""
        while True:
            try:
                async with transaction(self.pool) as db:
                    first = await end_answer(db, result)
            except DatabaseAwayError:
                log.warning("result_waits", message_id=result.message_id)
                await message.in_progress()
                await asyncio.sleep(RETRY_SECONDS)
            else:
                log.info("answer_recorded", message_id=result.message_id, first=first)
                return


async def _next_result(results: JetStreamContext.PullSubscription) -> Msg:
    while True:
        try:
            (message,) = await results.fetch(1, timeout=FETCH_SECONDS)
        except nats.errors.TimeoutError:
            continue
        else:
            return message
