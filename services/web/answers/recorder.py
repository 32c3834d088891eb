"""Stores the results from the bus in the database, and acks each once it is stored."""

import asyncio
from dataclasses import dataclass
from typing import Final

from nats.aio.msg import Msg
from prometheus_client import Counter
from pydantic import TypeAdapter, ValidationError

from services.shared.bus.connection import Bus
from services.shared.bus.messages import AnswerResult, Result
from services.shared.bus.subjects import AI_RESULTS, AI_RESULTS_CONSUMER
from services.shared.bus.work_queue import taking
from services.shared.process.logging import get_logger
from services.shared.process.tracing.context import message_context
from services.shared.process.tracing.spans import SpanKind, message_attributes, span
from services.web.answers.dispatcher import Dispatcher
from services.web.answers.model import AnswerContext
from services.web.answers.results import record_answer, record_title
from services.web.db.pool import Pool, transaction
from services.web.db.relay import Relay
from services.web.errors import DatabaseAwayError
from services.web.metrics import ResultOutcome

RETRY_SECONDS: Final = 0.5
TRIES: Final = 3

RESULT: Final[TypeAdapter[Result]] = TypeAdapter(Result)

log = get_logger("web.answers")


@dataclass(frozen=True, slots=True)
class Recorder:
    """Consumes results, together with other processes of web."""

    pool: Pool
    bus: Bus
    relay: Relay
    dispatcher: Dispatcher
    context: AnswerContext
    outcomes: Counter
    """Counts results by `outcome`."""

    async def run(self) -> None:
        """Record results until cancelled."""
        async with taking(self.bus, stream=AI_RESULTS, consumer=AI_RESULTS_CONSUMER) as results:
            while True:
                await self._take(await results.next())

    async def _take(self, message: Msg) -> None:
        attributes = message_attributes("process", message.subject, message.data)
        context = message_context(message.headers)
        with span("record result", SpanKind.CONSUMER, attributes, context=context):
            await self._record(message)

    async def _record(self, message: Msg) -> None:
        try:
            result = RESULT.validate_json(message.data)
        except ValidationError:
            log.error("result_refused", subject=message.subject, size=len(message.data))  # noqa: TRY400 - the trace would hold the answer
            self._count("unreadable")
            await message.term()
            return
        if await self._try_to_store(message, result):
            await message.ack()
        else:
            await self._park(message, result)
        self.relay.wake()
        self.dispatcher.wake()

    async def _try_to_store(self, message: Msg, result: Result) -> bool:
        """Store a result; False if the database refuses it. While it is away, wait."""
        for _ in range(TRIES):
            try:
                await self._store(message, result)
            except Exception as error:  # noqa: BLE001 - later results must not wait
                log.error("result_not_stored", subject=message.subject, error=type(error).__name__)  # noqa: TRY400 - the trace may hold the answer
                await message.in_progress()
                await asyncio.sleep(RETRY_SECONDS)
            else:
                return True
        return False

    async def _store(self, message: Msg, result: Result) -> None:
        while True:
            try:
                first = await self._store_once(result)
            except DatabaseAwayError:
                log.warning("result_waits", subject=message.subject)
                await message.in_progress()
                await asyncio.sleep(RETRY_SECONDS)
            else:
                log.info("result_recorded", subject=message.subject, first=first)
                self._count(_outcome(result) if first else "repeated")
                return

    async def _store_once(self, result: Result) -> bool:
        async with transaction(self.pool) as db:
            if isinstance(result, AnswerResult):
                return await record_answer(db, self.context, result)
            return await record_title(db, result)

    async def _park(self, message: Msg, result: Result) -> None:
        """Give up a result that is refused for good; its answer fails, and the next one starts."""
        log.error("result_parked", subject=message.subject, size=len(message.data))
        self._count("parked")
        if isinstance(result, AnswerResult):
            failed = AnswerResult(
                message_id=result.message_id,
                run=result.run,
                status="failed",
                text="",
                error="not_stored",
            )
            await self._try_to_store(message, failed)
        await message.term()

    def _count(self, outcome: ResultOutcome) -> None:
        self.outcomes.labels(outcome=outcome).inc()


def _outcome(result: Result) -> ResultOutcome:
    return result.status if isinstance(result, AnswerResult) else "title"
