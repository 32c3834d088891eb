"""Finds what the chain cannot: a last message that was lost, with none behind it to tell of it."""

import asyncio
from collections.abc import Callable
from typing import Final

from services.realtime.rooms.hub import Hub
from services.shared.bus.errors import BusAwayError
from services.shared.bus.subjects import Group
from services.shared.process.logging import get_logger

CHECK_SECONDS: Final = 2.0
# Where something was published is looked twice; everywhere else once in so many rounds.
ROUNDS: Final = 5

log = get_logger("realtime.head_check")


class HeadCheck:
    """Compares rooms with the stream: busy ones every two seconds, all in about ten."""

    def __init__(self, hub: Hub, doubt: Callable[[], None]) -> None:
        self._hub = hub
        self._doubt = doubt
        self._before: set[Group] = set()
        self._round = 0

    async def run(self) -> None:
        """Check until cancelled; whatever a check misses, the next one finds."""
        while True:
            await asyncio.sleep(CHECK_SECONDS)
            await self._hub.close_left()
            if self._hub.archive.is_certain:
                await self.check()

    async def check(self) -> None:
        """Look once."""
        archive = self._hub.archive
        busy, archive.recent = archive.recent, set()
        groups = busy | self._before | self._share_of_all()
        try:
            await self._hub.look(groups, "head")
            self._before = busy
        except BusAwayError as error:
            archive.recent |= busy
            log.warning("head_check_failed", reason=str(error))
            self._doubt()

    def _share_of_all(self) -> set[Group]:
        self._round = (self._round + 1) % ROUNDS
        return set(list(self._hub.rooms)[self._round :: ROUNDS])
