"""The gateway's last minutes: sockets are sent away a few at a time, before the server stops."""

import asyncio
import random
from typing import Final

from services.realtime.close_codes import draining
from services.realtime.rooms.hub import Hub
from services.shared.process.logging import get_logger

# However long the time given, few sockets do not need it.
SLOWEST_A_SECOND: Final = 100
STEP_SECONDS: Final = 0.05
MOST_RETRY_MS: Final = 1000

log = get_logger("realtime.drain")


class Drain:
    """Whether the gateway is on its way out, and the way out."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self.has_begun = False

    async def run(self, hub: Hub) -> None:
        """Take nobody in any more, and end every listener, spread over the time that is given.

        Each is told to wait up to a second before it comes back.
        """
        self.has_begun = True
        listeners = hub.listeners
        random.shuffle(listeners)
        seconds = min(self._seconds, len(listeners) / SLOWEST_A_SECOND)
        log.info("draining", listeners=len(listeners), seconds=seconds)
        steps = max(int(seconds / STEP_SECONDS), 1)
        for step in range(steps):
            for listener in listeners[step::steps]:
                listener.end(draining(random.randrange(MOST_RETRY_MS)))  # noqa: S311 - a spread
            if step + 1 < steps:
                await asyncio.sleep(STEP_SECONDS)
