"""Hundreds of thousands of timed events, on the clock of a virtual event loop."""

import asyncio
import heapq
from collections.abc import Callable
from itertools import count
from typing import Final

# As often as a gateway looks at its own clock; an event loop with a timer for each would take ten
# times as long.
STEP_SECONDS: Final = 0.05

type Event = Callable[[], None]


class Agenda:
    """Calls events in the order of their moments, each at its exact one by `now`."""

    def __init__(self) -> None:
        self._clock = asyncio.get_running_loop().time
        self._events: dict[int, list[tuple[float, int, Event]]] = {}
        self._numbers = count()
        self._moment: float | None = None
        self._step = 0

    @property
    def now(self) -> float:
        """The moment of the event that is being called, or else the event loop's."""
        return self._clock() if self._moment is None else self._moment

    def at(self, moment: float, event: Event) -> None:
        """Call `event` at `moment`, which is not over yet."""
        step = max(int(moment / STEP_SECONDS), self._step)
        entry = (moment, next(self._numbers), event)
        if step == self._step:
            heapq.heappush(self._events.setdefault(step, []), entry)
        else:
            self._events.setdefault(step, []).append(entry)

    async def run(self) -> None:
        """Go on until cancelled."""
        while True:
            await asyncio.sleep((self._step + 1) * STEP_SECONDS - self._clock())
            self._call(self._events.setdefault(self._step, []))
            self._step += 1
            heapq.heapify(self._events.setdefault(self._step, []))

    def _call(self, events: list[tuple[float, int, Event]]) -> None:
        while events:
            self._moment, _, event = heapq.heappop(events)
            event()
        self._moment = None
        del self._events[self._step]
