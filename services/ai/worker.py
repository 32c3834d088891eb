"""Takes jobs from the queue and answers many at once; a job ends when its result is stored."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Final

import nats.errors
from markupsafe import Markup
from nats.aio.msg import Msg
from pydantic import ValidationError

from services.ai.broadcast import Broadcast
from services.ai.generation import generate
from services.ai.metrics import AnswerMetrics
from services.ai.provider.openai import Endpoint
from services.ai.settings import AiSettings
from services.shared.bus import Bus
from services.shared.logging import get_logger
from services.shared.messages import AnswerJob, AnswerResult
from services.shared.rendering import Renderer
from services.shared.subjects import AI_JOBS, AI_JOBS_CONSUMER, result_subject
from services.shared.work_queue import taking

PROGRESS_SECONDS: Final = 1.0
HAND_BACK_SECONDS: Final = 1.0

log = get_logger("ai.worker")


@dataclass(frozen=True, slots=True)
class Attempt:
    """One delivery of a job: which it is, counted from 1, and a name that no other delivery has.

    The name goes into the ids of what is published, so that an answer which is asked for again
    within the stream's two minutes of deduplication is not taken for the first one.
    """

    number: int
    name: str


@dataclass(slots=True)
class JobInHand:
    """A job that is being worked on, by the newest delivery of it."""

    delivery: Msg


@dataclass(frozen=True, slots=True)
class Worker:
    """One process's share of the work; `in_hand` holds its jobs by their place in the stream."""

    bus: Bus
    endpoint: Endpoint
    renderer: Renderer
    settings: AiSettings
    metrics: AnswerMetrics
    in_hand: dict[int, JobInHand] = field(default_factory=dict)

    async def run(self) -> None:
        """Answer until cancelled; unfinished jobs go back to the queue at once."""
        slots = asyncio.Semaphore(self.settings.max_answers)
        async with (
            asyncio.TaskGroup() as answers,
            taking(self.bus, stream=AI_JOBS, consumer=AI_JOBS_CONSUMER) as jobs,
        ):
            while True:
                await slots.acquire()
                delivery = await jobs.next()
                place = delivery.metadata.sequence.stream
                if place in self.in_hand:
                    # The queue did not hear of our progress while the bus was away.
                    self.in_hand[place].delivery = delivery
                    slots.release()
                else:
                    self.in_hand[place] = JobInHand(delivery)
                    task = answers.create_task(self._work_on(place))
                    task.add_done_callback(lambda _task: slots.release())

    async def _work_on(self, place: int) -> None:
        job = self.in_hand[place]
        try:
            with self.metrics.in_work.track_inprogress():
                async with _progress_reported(job):
                    await self._answer(job)
        except asyncio.CancelledError:
            await job.delivery.nak()
            raise
        except Exception:
            self.metrics.handed_back.inc()
            log.exception("job_handed_back", subject=job.delivery.subject)
            await job.delivery.nak(delay=HAND_BACK_SECONDS)
        finally:
            del self.in_hand[place]

    async def _answer(self, in_hand: JobInHand) -> None:
        message = in_hand.delivery
        try:
            job = AnswerJob.model_validate_json(message.data)
        except ValidationError:
            log.error("job_refused", subject=message.subject, size=len(message.data))  # noqa: TRY400 - the trace would hold the chat
            await message.term()
            return
        attempt = _attempt(message)
        result = await self._result(job, attempt)
        await self.bus.publish(
            result_subject(job.message_id),
            result.model_dump_json().encode(),
            f"result-{job.message_id}-{attempt.name}",
        )
        await _end_job(in_hand)
        self.metrics.ended.labels(error=result.error or "none").inc()
        log.info(
            "answer_ended",
            message_id=job.message_id,
            attempt=attempt.number,
            error=result.error,
            characters=len(result.text),
            model=result.model,
        )

    async def _result(self, job: AnswerJob, attempt: Attempt) -> AnswerResult:
        broadcast = Broadcast(self.bus, self.renderer, job, attempt.name)
        if attempt.number > self.settings.max_deliveries:
            result = AnswerResult(
                message_id=job.message_id, status="failed", text="", error="interrupted"
            )
            await broadcast.end(result, Markup())
            return result
        return await generate(job, self.endpoint, broadcast, self.settings)


def _attempt(message: Msg) -> Attempt:
    metadata = message.metadata
    return Attempt(metadata.num_delivered, f"{metadata.sequence.stream}-{metadata.num_delivered}")


async def _end_job(job: JobInHand) -> None:
    try:
        await job.delivery.ack_sync()
    except nats.errors.TimeoutError:
        # The result is stored, so handing the job back now would only write the answer twice.
        await job.delivery.ack()


@asynccontextmanager
async def _progress_reported(job: JobInHand) -> AsyncIterator[None]:
    """Tell the queue every second that the job is in hand, well within its `ack_wait`."""

    async def report() -> None:
        while True:
            await asyncio.sleep(PROGRESS_SECONDS)
            with suppress(nats.errors.Error):
                await job.delivery.in_progress()

    async with asyncio.TaskGroup() as tasks:
        reporter = tasks.create_task(report())
        try:
            yield
        finally:
            reporter.cancel()
