"""Finds a group's lost last message: no later message follows whose number would reveal the gap."""

import asyncio
from collections.abc import Callable
from typing import Final

from services.realtime.rooms.hub import Hub
from services.shared.bus.errors import BusAwayError
from services.shared.bus.subjects import Group
from services.shared.process.logging import get_logger

CHECK_SECONDS: Final = 2.0
# A busy room is checked in two rounds running, any other once in so many.
ROUNDS: Final = 5

log = get_logger("realtime.head_check")


class HeadCheck:
    """Compares rooms with the stream: busy ones every two seconds, all within ten."""

    def __init__(self, hub: Hub, on_failure: Callable[[], None]) -> None:
        self._hub = hub
        self._on_failure = on_failure
        self._busy_before: set[Group] = set()
        self._round = 0

    async def run(self) -> None:
        """Check until cancelled; also close rooms that are empty."""
        while True:
            await asyncio.sleep(CHECK_SECONDS)
            await self._hub.close_empty_rooms()
            if self._hub.history.is_in_sync:
                await self.check()

    async def check(self) -> None:
        """Run one round."""
        history = self._hub.history
        busy, history.recent = history.recent, set()
        groups = busy | self._busy_before | self._share_of_all()
        try:
            await self._hub.compare(groups, "head")
            self._busy_before = busy
        except BusAwayError as error:
            history.recent |= busy
            log.warning("head_check_failed", reason=str(error))
            self._on_failure()

    def _share_of_all(self) -> set[Group]:
        self._round = (self._round + 1) % ROUNDS
        return set(list(self._hub.rooms)[self._round :: ROUNDS])
