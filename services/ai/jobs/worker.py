"""Takes jobs from the queues and does many at once."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from nats.aio.msg import Msg

from services.ai.context import AiContext
from services.ai.jobs.answer_job import is_fenced
from services.ai.jobs.hand_backs import note_hand_back
from services.ai.jobs.job_in_hand import JobInHand
from services.ai.jobs.processing import job_span, process_job
from services.shared.bus.subjects import (
    AI_JOBS,
    AI_JOBS_CONSUMER,
    AI_SUSPECTS,
    AI_SUSPECTS_CONSUMER,
)
from services.shared.bus.work_queue import WorkQueue, taking
from services.shared.process.logging import get_logger
from services.shared.process.tracing.spans import mark_failed

RETRY_SECONDS: Final = 1.0

log = get_logger("ai.worker")


class DrainingError(Exception):
    """The worker lets its answers end, and takes no more jobs."""


@dataclass(frozen=True, slots=True)
class Worker:
    """One process's share of the work; `in_hand` holds its jobs by their number in `AI_JOBS`.

    Suspects, over which workers have died, are not in it: they are done one at a time.
    """

    context: AiContext
    in_hand: dict[int, JobInHand] = field(default_factory=dict)
    draining: asyncio.Event = field(default_factory=asyncio.Event)
    _drained: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self) -> None:
        """Do jobs until cancelled; unfinished ones go back to the queue at once."""
        if not self.draining.is_set():
            await self._work()
        self._drained.set()
        # A task that returns would be started again by its supervisor.
        await asyncio.Event().wait()

    async def drain(self) -> None:
        """Take no more jobs, and give those in hand the settings' time to end.

        Cancelling `run` then hands back what is unfinished.
        """
        seconds = self.context.settings.drain_seconds
        self.draining.set()
        self.context.metrics.draining.set(1)
        log.info("draining", answers=len(self.in_hand), seconds=seconds)
        # Without the bus nothing can end.
        if not self.context.bus.client.is_closed:
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await self._drained.wait()
        log.info("drained", unfinished=len(self.in_hand))

    async def _work(self) -> None:
        """Do jobs until the worker drains and the last one has ended."""
        bus = self.context.bus
        async with (
            asyncio.TaskGroup() as tasks,
            taking(bus, stream=AI_JOBS, consumer=AI_JOBS_CONSUMER) as jobs,
            taking(bus, stream=AI_SUSPECTS, consumer=AI_SUSPECTS_CONSUMER) as suspects,
        ):
            tasks.create_task(self._do_one_by_one(suspects))
            await self._do_at_once(jobs, tasks)

    async def _do_at_once(self, jobs: WorkQueue, tasks: asyncio.TaskGroup) -> None:
        slots = asyncio.Semaphore(self.context.settings.max_answers)
        while True:
            await slots.acquire()
            delivery = await self._next(jobs)
            if delivery is None:
                return
            number = delivery.metadata.sequence.stream
            if number in self.in_hand:
                self.in_hand[number].redelivered(delivery)
                slots.release()
            elif self.draining.is_set():
                await self._hand_back(JobInHand(delivery))
                return
            else:
                self.in_hand[number] = job = JobInHand(delivery)
                task = tasks.create_task(self._work_on(job))
                task.add_done_callback(partial(self._release, number, slots))

    def _release(self, number: int, slots: asyncio.Semaphore, _task: asyncio.Task[None]) -> None:
        del self.in_hand[number]
        slots.release()

    async def _do_one_by_one(self, suspects: WorkQueue) -> None:
        while (delivery := await self._next(suspects)) is not None:
            job = JobInHand(delivery)
            await (self._hand_back(job) if self.draining.is_set() else self._work_on(job))

    async def _next(self, queue: WorkQueue) -> Msg | None:
        """Wait for a job; None once the worker drains.

        A poll that began before that may still return a job after it.
        """
        while not self.draining.is_set():
            delivery = await queue.poll()
            if delivery is not None:
                return delivery
        return None

    async def _work_on(self, job: JobInHand) -> None:
        with job_span(job.delivery):
            await self._try(job)

    async def _try(self, job: JobInHand) -> None:
        try:
            with self.context.metrics.in_work.track_inprogress():
                async with job.kept_alive():
                    await process_job(self.context, job.delivery)
                    await job.end()
        except asyncio.CancelledError:
            await self._hand_back(job)
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, the job goes back
            await self._note_failure(job, error)

    async def _note_failure(self, job: JobInHand, error: Exception) -> None:
        """Give a job back, unless another worker has it already."""
        if is_fenced(error):
            self.context.metrics.fenced.inc()
            log.warning("job_lost_to_another", subject=job.delivery.subject)
        else:
            self.context.metrics.handed_back.inc()
            mark_failed(type(error).__name__)
            log.error("job_handed_back", subject=job.delivery.subject, exc_info=error)
            await job.give_back(RETRY_SECONDS)

    async def _hand_back(self, job: JobInHand) -> None:
        """Give a job to the other workers at once; a drained worker has not died over it."""
        if self.draining.is_set():
            await note_hand_back(self.context.bus, job.delivery, job.deliveries)
        await job.give_back()
