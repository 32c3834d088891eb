"""How long the test's own process stalled: none of its readers could have read meanwhile."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

LOOK_SECONDS: Final = 0.05


@dataclass(slots=True)
class Lag:
    """Each moment at which a timer came, and how late it was, in seconds."""

    late: list[tuple[float, float]] = field(default_factory=list)

    def longest(self, begun: float, ended: float) -> float:
        """Tell the longest standstill between two moments of the loop's clock."""
        return max((late for moment, late in self.late if begun < moment < ended), default=0.0)

    async def measure(self) -> None:
        """Take it down until cancelled."""
        clock = asyncio.get_running_loop().time
        while True:
            due = clock() + LOOK_SECONDS
            await asyncio.sleep(LOOK_SECONDS)
            self.late.append((clock(), clock() - due))


@asynccontextmanager
async def measuring_lag() -> AsyncIterator[Lag]:
    """Measure while the body runs."""
    lag = Lag()
    async with asyncio.TaskGroup() as tasks:
        measuring = tasks.create_task(lag.measure())
        yield lag
        measuring.cancel()
