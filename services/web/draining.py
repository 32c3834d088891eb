"""Drains a replica: its clients move to other replicas before it stops."""

import asyncio

from services.shared.process.logging import get_logger

log = get_logger("web.draining")


class DrainingError(Exception):
    """The replica is draining."""


class Draining:
    """Remembers whether this replica is draining."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self.has_begun = False

    async def run(self) -> None:
        """Drain for the configured time."""
        self.has_begun = True
        log.info("draining", seconds=self._seconds)
        await asyncio.sleep(self._seconds)
