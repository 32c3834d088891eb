"""Takes jobs from the queues and does many at once; a job ends when its result is stored."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Final

import nats.errors
from nats.aio.msg import Msg

from services.ai.context import Tools
from services.ai.jobs.hand_backs import note_hand_back
from services.ai.jobs.job import do_job, is_fenced, job_span
from services.shared.bus.errors import CONNECTION_FAULTS
from services.shared.bus.subjects import (
    AI_JOBS,
    AI_JOBS_CONSUMER,
    AI_SUSPECTS,
    AI_SUSPECTS_CONSUMER,
)
from services.shared.bus.work_queue import WorkQueue, taking
from services.shared.process.logging import get_logger
from services.shared.process.tracing.spans import fail

PROGRESS_SECONDS: Final = 0.5
HAND_BACK_SECONDS: Final = 1.0

log = get_logger("ai.worker")


class LeavingError(Exception):
    """The worker lets its answers end, and takes no more."""


@dataclass(slots=True)
class JobInHand:
    """A job that is being worked on, by the newest of so many deliveries of it to this worker."""

    delivery: Msg
    deliveries: int = 1

    def come_again(self, delivery: Msg) -> None:
        """Take a delivery for which the queue did not hear of our progress."""
        self.delivery = delivery
        self.deliveries += 1


@dataclass(frozen=True, slots=True)
class Worker:
    """One process's share of the work; `in_hand` holds its jobs by their place in the stream.

    Those over which workers have died are not among them: they are done one at a time.
    """

    tools: Tools
    in_hand: dict[int, JobInHand] = field(default_factory=dict)
    leaving: asyncio.Event = field(default_factory=asyncio.Event)
    _has_left: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self) -> None:
        """Answer until cancelled; unfinished jobs go back to the queue at once."""
        if not self.leaving.is_set():
            await self._work()
        self._has_left.set()
        # Whoever supervises it would begin again what returns.
        await asyncio.Event().wait()

    async def leave(self) -> None:
        """Take no more jobs, and give those in hand the settings' time to end.

        What is unfinished then is handed back by cancelling `run`.
        """
        seconds = self.tools.settings.drain_seconds
        self.leaving.set()
        self.tools.metrics.draining.set(1)
        log.info("draining", answers=len(self.in_hand), seconds=seconds)
        # Without the bus nothing can end.
        if not self.tools.bus.client.is_closed:
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await self._has_left.wait()
        log.info("drained", unfinished=len(self.in_hand))

    async def _work(self) -> None:
        """Answer until it is time to leave and the last answer has ended."""
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
            delivery = await self._next(jobs)
            if delivery is None:
                return
            place = delivery.metadata.sequence.stream
            if place in self.in_hand:
                self.in_hand[place].come_again(delivery)
                slots.release()
            elif self.leaving.is_set():
                await self._hand_back(JobInHand(delivery))
                return
            else:
                self.in_hand[place] = job = JobInHand(delivery)
                task = answers.create_task(self._work_on(job))
                task.add_done_callback(partial(self._put_down, place, slots))

    def _put_down(self, place: int, slots: asyncio.Semaphore, _task: asyncio.Task[None]) -> None:
        del self.in_hand[place]
        slots.release()

    async def _do_one_by_one(self, suspects: WorkQueue) -> None:
        while (delivery := await self._next(suspects)) is not None:
            job = JobInHand(delivery)
            await (self._hand_back(job) if self.leaving.is_set() else self._work_on(job))

    async def _next(self, queue: WorkQueue) -> Msg | None:
        """Wait for a job; None where there is no more to wait for.

        What the queue was asked for before it was time to leave may still come.
        """
        while not self.leaving.is_set():
            delivery = await queue.poll()
            if delivery is not None:
                return delivery
        return None

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
            await self._hand_back(job)
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
            fail(type(error).__name__)
            log.error("job_handed_back", subject=job.delivery.subject, exc_info=error)
            await _give_back(job, HAND_BACK_SECONDS)

    async def _hand_back(self, job: JobInHand) -> None:
        """Give a job to the others at once: who was told to leave has not died over it."""
        if self.leaving.is_set():
            await note_hand_back(self.tools.bus, job.delivery, job.deliveries)
        await _give_back(job)


async def _end_job(job: JobInHand) -> None:
    try:
        await job.delivery.ack_sync()
    except nats.errors.TimeoutError:
        # The result is stored, so handing the job back now would only write the answer twice.
        await job.delivery.ack()


async def _give_back(job: JobInHand, delay: float | None = None) -> None:
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
