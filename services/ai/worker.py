"""Takes jobs from the queues and does many at once; a job ends when its result is stored."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Final

import nats.errors
from nats.aio.msg import Msg
from pydantic import TypeAdapter, ValidationError

from services.ai.answering import answer
from services.ai.attempt import Attempt
from services.ai.isolation import is_to_be_isolated, isolate
from services.ai.parking import park
from services.ai.provider.errors import EndpointError
from services.ai.text_log import FencedError
from services.ai.titles import write_title
from services.ai.tools import Tools
from services.shared.bus import CONNECTION_FAULTS, BusAwayError
from services.shared.logging import get_logger
from services.shared.messages import AnswerJob, AnswerResult, Job, TitleJob, TitleResult
from services.shared.subjects import (
    AI_JOBS,
    AI_JOBS_CONSUMER,
    AI_SUSPECTS,
    AI_SUSPECTS_CONSUMER,
    result_subject,
    title_result_subject,
)
from services.shared.text_log import read_text_log
from services.shared.work_queue import WorkQueue, taking

PROGRESS_SECONDS: Final = 0.5
HAND_BACK_SECONDS: Final = 1.0
UNKNOWN_RUN: Final = 0
JOB: Final[TypeAdapter[AnswerJob | TitleJob]] = TypeAdapter(Job)

log = get_logger("ai.worker")


@dataclass(slots=True)
class JobInHand:
    """A job that is being worked on, by the newest delivery of it."""

    delivery: Msg


@dataclass(frozen=True, slots=True)
class Worker:
    """One process's share of the work; `in_hand` holds its jobs by their place in the stream.

    Those over which workers have died are not among them: they are done one at a time.
    """

    tools: Tools
    in_hand: dict[int, JobInHand] = field(default_factory=dict)

    async def run(self) -> None:
        """Answer until cancelled; unfinished jobs go back to the queue at once."""
        bus = self.tools.bus
        async with (
            asyncio.TaskGroup() as answers,
            taking(bus, stream=AI_JOBS, consumer=AI_JOBS_CONSUMER) as jobs,
            taking(bus, stream=AI_SUSPECTS, consumer=AI_SUSPECTS_CONSUMER) as suspects,
        ):
            answers.create_task(self._do_one_by_one(suspects))
            await self._do_at_once(jobs, answers)

    async def _do_at_once(self, jobs: WorkQueue, answers: asyncio.TaskGroup) -> None:
        slots = asyncio.Semaphore(self.tools.settings.max_answers)
        while True:
            await slots.acquire()
            delivery = await jobs.next()
            place = delivery.metadata.sequence.stream
            if place in self.in_hand:
                # The queue did not hear of our progress while the bus was away.
                self.in_hand[place].delivery = delivery
                slots.release()
            else:
                self.in_hand[place] = job = JobInHand(delivery)
                task = answers.create_task(self._work_on(job))
                task.add_done_callback(partial(self._put_down, place, slots))

    def _put_down(self, place: int, slots: asyncio.Semaphore, _task: asyncio.Task[None]) -> None:
        del self.in_hand[place]
        slots.release()

    async def _do_one_by_one(self, suspects: WorkQueue) -> None:
        while True:
            await self._work_on(JobInHand(await suspects.next()))

    async def _work_on(self, job: JobInHand) -> None:
        try:
            with self.tools.metrics.in_work.track_inprogress():
                async with _progress_reported(job):
                    await self._do(job)
        except asyncio.CancelledError:
            await _hand_back(job)
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, the job goes back
            await self._leave(job, error)

    async def _leave(self, job: JobInHand, error: Exception) -> None:
        """Hand a job back, unless another worker has it already."""
        if _is_fenced(error):
            self.tools.metrics.fenced.inc()
            log.warning("job_lost_to_another", subject=job.delivery.subject)
        else:
            self.tools.metrics.handed_back.inc()
            log.error("job_handed_back", subject=job.delivery.subject, exc_info=error)
            await _hand_back(job, HAND_BACK_SECONDS)

    async def _do(self, in_hand: JobInHand) -> None:
        message = in_hand.delivery
        attempt = Attempt.of(message)
        if is_to_be_isolated(attempt, self.tools.settings.max_deliveries):
            log.warning("job_isolated", subject=message.subject, attempt=attempt.number)
            await isolate(self.tools.bus, message, attempt)
        else:
            await self._finish(message, attempt)
        await _end_job(in_hand)

    async def _finish(self, message: Msg, attempt: Attempt) -> None:
        try:
            job = JOB.validate_json(message.data)
        except ValidationError:
            log.error("job_refused", subject=message.subject, size=len(message.data))  # noqa: TRY400 - the trace would hold the chat
            await self._give_up(message, "it could not be read")
        else:
            if attempt.number > self.tools.settings.max_deliveries:
                await park(self.tools.bus, message, "too many workers died over it")
            if isinstance(job, TitleJob):
                await self._find_title(job, attempt)
            else:
                await self._answer(job, attempt)

    async def _answer(self, job: AnswerJob, attempt: Attempt) -> None:
        result = await self._result(job, attempt)
        if result is None:
            log.info("job_superseded", message_id=job.message_id, attempt=attempt.name)
            return
        await self._publish(result_subject(job.message_id), result, attempt)
        self.tools.metrics.ended.labels(error=result.error or "none").inc()
        log.info(
            "answer_ended",
            message_id=job.message_id,
            attempt=attempt.number,
            status=result.status,
            error=result.error,
            characters=len(result.text),
            model=result.model,
        )

    async def _result(self, job: AnswerJob, attempt: Attempt) -> AnswerResult | None:
        """Write the answer; whatever cannot even be ended as it should be fails in the end."""
        try:
            return await answer(self.tools, job, attempt)
        except Exception as error:
            is_last = attempt.number > self.tools.settings.max_deliveries
            if not is_last or _is_fenced(error) or isinstance(error, BusAwayError):
                raise
            log.exception("answer_given_up", message_id=job.message_id)
            return _given_up(job.message_id, job.run, await self._text_so_far(job))

    async def _text_so_far(self, job: AnswerJob) -> str:
        """Return what the log has of an answer, as far as it can be read."""
        with suppress(ValidationError):
            logged = await read_text_log(self.tools.bus, job.message_id)
            if logged is not None and logged.run == job.run:
                return logged.text
        return job.begun

    async def _find_title(self, job: TitleJob, attempt: Attempt) -> None:
        title = None
        if attempt.number <= self.tools.settings.max_deliveries:
            with suppress(EndpointError):
                connection = self.tools.connections.get(job.connection)
                title = await write_title(connection, job.turns, model=job.model)
        result = TitleResult(chat_id=job.chat_id, title=title)
        await self._publish(title_result_subject(job.chat_id), result, attempt)
        log.info("title_sought", chat_id=job.chat_id, found=title is not None)

    async def _give_up(self, message: Msg, reason: str) -> None:
        """Park a job that nobody can read, and have its message shown as failed."""
        await park(self.tools.bus, message, reason)
        number = message.subject.rpartition(".")[2]
        if number.isdecimal() and int(number):
            result = _given_up(int(number), UNKNOWN_RUN, "")
            await self._publish(result_subject(result.message_id), result, Attempt.of(message))

    async def _publish(
        self, subject: str, result: AnswerResult | TitleResult, attempt: Attempt
    ) -> None:
        # The same for every attempt: one that died behind this has not told it twice.
        message_id = f"result-{attempt.job}"
        await self.tools.bus.publish(subject, result.model_dump_json().encode(), message_id)


def _given_up(message_id: int, run: int, text: str) -> AnswerResult:
    return AnswerResult(
        message_id=message_id, run=run, status="failed", text=text, error="interrupted"
    )


def _is_fenced(error: Exception) -> bool:
    if isinstance(error, ExceptionGroup):
        return error.split(FencedError)[1] is None
    return isinstance(error, FencedError)


async def _end_job(job: JobInHand) -> None:
    try:
        await job.delivery.ack_sync()
    except nats.errors.TimeoutError:
        # The result is stored, so handing the job back now would only write the answer twice.
        await job.delivery.ack()


async def _hand_back(job: JobInHand, delay: float | None = None) -> None:
    # Where the queue does not hear of it, it misses our signs of life.
    with suppress(*CONNECTION_FAULTS):
        await job.delivery.nak(delay)


@asynccontextmanager
async def _progress_reported(job: JobInHand) -> AsyncIterator[None]:
    """Tell the queue twice a second that the job is in hand, well within its `ack_wait`."""

    async def report() -> None:
        while True:
            await asyncio.sleep(PROGRESS_SECONDS)
            with suppress(*CONNECTION_FAULTS):
                await job.delivery.in_progress()

    async with asyncio.TaskGroup() as tasks:
        reporter = tasks.create_task(report())
        try:
            yield
        finally:
            reporter.cancel()
