"""The drain before the server stops: listeners are closed a few at a time."""

import asyncio
import random
from typing import Final

from services.realtime.close_codes import draining
from services.realtime.rooms.hub import Hub
from services.shared.process.logging import get_logger

# A few sockets do not take the whole time that is given.
MIN_CLOSED_A_SECOND: Final = 100
STEP_SECONDS: Final = 0.05
MAX_RETRY_MS: Final = 1000

log = get_logger("realtime.drain")


class Drain:
    """Closes every listener within `seconds`; from `has_begun` on nobody is admitted."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self.has_begun = False

    async def run(self, hub: Hub) -> None:
        """Close the listeners of `hub` in random order, spread evenly over the time.

        Each close reason asks for a wait of up to a second before reconnecting.
        """
        self.has_begun = True
        listeners = hub.listeners
        random.shuffle(listeners)
        seconds = min(self._seconds, len(listeners) / MIN_CLOSED_A_SECOND)
        log.info("draining", listeners=len(listeners), seconds=seconds)
        steps = max(int(seconds / STEP_SECONDS), 1)
        for step in range(steps):
            for listener in listeners[step::steps]:
                listener.end(draining(random.randrange(MAX_RETRY_MS)))  # noqa: S311 - a spread
            if step + 1 < steps:
                await asyncio.sleep(STEP_SECONDS)
