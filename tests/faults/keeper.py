"""Restarts workers that end, as compose and the launcher do."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

from tests.faults.service_process import ServiceProcess
from tests.support.waiting import until

LOOK_AGAIN_SECONDS: Final = 0.1
END_SECONDS: Final = 120.0


@dataclass(slots=True)
class Keeper:
    """How each worker ended that has done so unasked: its exit status, or minus a signal."""

    workers: Sequence[ServiceProcess]
    ends: list[int] = field(default_factory=list)

    async def until_ended(self, count: int) -> None:
        """Wait until so many workers have ended."""

        async def have_ended() -> bool:
            return len(self.ends) >= count

        await until(have_ended, seconds=END_SECONDS)

    async def keep(self) -> None:
        """Start workers again until cancelled."""
        while True:
            for worker in self.workers:
                status = None if worker.process is None else worker.process.poll()
                if status is not None:
                    self.ends.append(status)
                    worker.begin()
            await asyncio.sleep(LOOK_AGAIN_SECONDS)


@asynccontextmanager
async def keeping(workers: Sequence[ServiceProcess]) -> AsyncIterator[Keeper]:
    """Keep workers running while the body runs."""
    keeper = Keeper(workers)
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(keeper.keep())
        try:
            yield keeper
        finally:
            task.cancel()
