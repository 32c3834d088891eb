"""Takes results from the bus into the database; one is gone from the bus only when it is stored."""

import asyncio
from dataclasses import dataclass
from typing import Final

from nats.aio.msg import Msg
from pydantic import ValidationError

from services.shared.bus import Bus
from services.shared.logging import get_logger
from services.shared.messages import AnswerResult
from services.shared.subjects import AI_RESULTS, AI_RESULTS_CONSUMER
from services.shared.work_queue import taking
from services.web.answers.queries import end_answer
from services.web.db.pool import Pool, transaction
from services.web.errors import DatabaseAwayError

RETRY_SECONDS: Final = 0.5

log = get_logger("web.answers")


@dataclass(frozen=True, slots=True)
class Recorder:
    """One process's share of the results."""

    pool: Pool
    bus: Bus

    async def run(self) -> None:
        """Record results until cancelled."""
        async with taking(self.bus, stream=AI_RESULTS, consumer=AI_RESULTS_CONSUMER) as results:
            while True:
                await self._record(await results.next())

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
