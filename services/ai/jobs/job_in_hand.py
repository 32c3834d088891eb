"""A job that a worker holds: it is kept alive, and ends with an ack or goes back with a nak."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Final

import nats.errors
from nats.aio.msg import Msg

from services.shared.bus.errors import CONNECTION_FAULTS

PROGRESS_SECONDS: Final = 0.5


@dataclass(slots=True)
class JobInHand:
    """The newest delivery of a job, and how many deliveries of it this worker has received."""

    delivery: Msg
    deliveries: int = 1

    def redelivered(self, delivery: Msg) -> None:
        """Take a newer delivery: the queue missed our progress reports."""
        self.delivery = delivery
        self.deliveries += 1

    async def end(self) -> None:
        """Ack the job."""
        try:
            await self.delivery.ack_sync()
        except nats.errors.TimeoutError:
            # The result is stored: handing the job back would only write the answer twice.
            await self.delivery.ack()

    async def give_back(self, delay: float | None = None) -> None:
        """Return the job to the queue, to be delivered again after `delay` seconds."""
        # If the queue does not hear this, it soon misses our progress reports.
        with suppress(*CONNECTION_FAULTS):
            await self.delivery.nak(delay)

    @asynccontextmanager
    async def kept_alive(self) -> AsyncIterator[None]:
        """Report progress twice a second, well within the queue's `ack_wait`."""
        async with asyncio.TaskGroup() as tasks:
            reporter = tasks.create_task(self._report_progress())
            try:
                yield
            finally:
                reporter.cancel()

    async def _report_progress(self) -> None:
        while True:
            await asyncio.sleep(PROGRESS_SECONDS)
            with suppress(*CONNECTION_FAULTS):
                await self.delivery.in_progress()
