"""The last seconds of a replica of web: its clients leave for other replicas."""

import asyncio

from services.shared.process.logging import get_logger

log = get_logger("web.departure")


class LeavingError(Exception):
    """The replica is about to stop."""


class Departure:
    """Whether this replica is on its way out, and the way out."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self.has_begun = False

    async def run(self) -> None:
        """Let clients leave for other replicas, for the time that is given."""
        self.has_begun = True
        log.info("draining", seconds=self._seconds)
        await asyncio.sleep(self._seconds)
