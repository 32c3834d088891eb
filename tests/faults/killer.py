"""Kills workers in the middle of answers, and takes down how long these stood still."""

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Final

import httpx2

from tests.faults.service_process import ServiceProcess
from tests.support.chatting.reader import ChatPage
from tests.support.waiting import until

_IN_WORK: Final = re.compile(r"^natter_ai_answers_in_work (\d+)", re.MULTILINE)
MOST_UPDATES: Final = 20
# An answer that grows does so about every 30 ms; none is taken over within this time.
STANDSTILL_SECONDS: Final = 0.6
MOVING_SECONDS: Final = 60.0


@dataclass(slots=True)
class Killer:
    """Its victims come back at once; `pauses` are from each kill to text on the page."""

    workers: Sequence[ServiceProcess]
    pages: Sequence[ChatPage]
    random: Random
    kills: int = 0
    pauses: list[float] = field(default_factory=list)

    async def kill_one(self) -> int | None:
        """Kill a worker at a random token of an answer; return once all answers move again.

        Gives the answer that stood still longest; None where the victim had just finished.
        """
        worker = await self._victim()
        growing = self._growing()
        worker.kill()
        moment = asyncio.get_running_loop().time()
        self.kills += 1
        worker.begin()
        await self._until_moving(growing, moment)
        return self._take_down(growing, moment)

    async def _victim(self) -> ServiceProcess:
        """Choose a worker that writes, at a random token of what is written.

        Earlier victims are back by then: who takes over is a worker that was there already.
        """
        for worker in self.workers:
            await worker.until_ready()
        while True:
            await self._at_random_token()
            busy = await busy_workers(self.workers)
            if busy:
                return self.random.choice(busy)

    async def _at_random_token(self) -> None:
        async def some() -> list[tuple[ChatPage, int]]:
            return self._growing()

        page, message = self.random.choice(await until(some, seconds=MOVING_SECONDS))
        count = len(page.growth.moments[message]) + self.random.randint(0, MOST_UPDATES)

        async def has_come() -> bool:
            return len(page.growth.moments[message]) >= count or not is_growing(page, message)

        await until(has_come, seconds=MOVING_SECONDS)

    def _growing(self) -> list[tuple[ChatPage, int]]:
        return [
            (page, message)
            for page in self.pages
            for message in page.growth.moments
            if is_growing(page, message)
        ]

    async def _until_moving(self, growing: list[tuple[ChatPage, int]], moment: float) -> None:
        async def are_moving() -> bool:
            settled = moment + STANDSTILL_SECONDS
            return all(
                (page.growth.last(message) or 0.0) > settled or not is_growing(page, message)
                for page, message in growing
            )

        await until(are_moving, seconds=MOVING_SECONDS)

    def _take_down(self, growing: list[tuple[ChatPage, int]], moment: float) -> int | None:
        found = [
            (pause, message)
            for page, message in growing
            if (pause := page.growth.pause_after(message, moment, STANDSTILL_SECONDS))
        ]
        self.pauses += [pause for pause, _ in found]
        return max(found)[1] if found else None


def is_growing(page: ChatPage, message: int) -> bool:
    """Return whether a page shows this answer as being written."""
    footer = page.document.by_id.get(f"message_{message}_footer")
    return footer is not None and footer.attributes.get("data-status") == "streaming"


async def busy_workers(workers: Sequence[ServiceProcess]) -> list[ServiceProcess]:
    """Return which of the workers write answers now."""
    return [worker for worker in workers if await answers_in_work(worker)]


async def answers_in_work(worker: ServiceProcess) -> int:
    """Ask a worker how many answers it writes; none while it does not answer."""
    async with httpx2.AsyncClient(base_url=worker.origin, timeout=1) as client:
        try:
            metrics = (await client.get("/metrics")).text
        except httpx2.TransportError:
            return 0
    found = _IN_WORK.search(metrics)
    return int(float(found[1])) if found else 0
