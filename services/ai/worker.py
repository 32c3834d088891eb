"""Takes jobs from the queues and does many at once; a job ends when its result is stored."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Final

import nats.errors
from nats.aio.msg import Msg

from services.ai.job import do_job, is_fenced, job_span
from services.ai.tools import Tools
from services.shared.bus import CONNECTION_FAULTS
from services.shared.logging import get_logger
from services.shared.subjects import (
    AI_JOBS,
    AI_JOBS_CONSUMER,
    AI_SUSPECTS,
    AI_SUSPECTS_CONSUMER,
)
from services.shared.tracing.spans import fail_current
from services.shared.work_queue import WorkQueue, taking

PROGRESS_SECONDS: Final = 0.5
HAND_BACK_SECONDS: Final = 1.0

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
        with job_span(job.delivery):
            await self._try(job)

    async def _try(self, job: JobInHand) -> None:
        try:
            with self.tools.metrics.in_work.track_inprogress():
                async with _progress_reported(job):
                    await do_job(self.tools, job.delivery)
                    await _end_job(job)
        except asyncio.CancelledError:
            await _hand_back(job)
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, the job goes back
            await self._leave(job, error)

    async def _leave(self, job: JobInHand, error: Exception) -> None:
        """Hand a job back, unless another worker has it already."""
        if is_fenced(error):
            self.tools.metrics.fenced.inc()
            log.warning("job_lost_to_another", subject=job.delivery.subject)
        else:
            self.tools.metrics.handed_back.inc()
            fail_current(type(error).__name__)
            log.error("job_handed_back", subject=job.delivery.subject, exc_info=error)
            await _hand_back(job, HAND_BACK_SECONDS)


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
