"""Readiness: the gateway admits nobody until it knows how far the stream has come."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from services.realtime.rooms.hub import Hub
from services.shared.bus.errors import BusAwayError
from services.shared.process.logging import get_logger

RETRY_SECONDS: Final = 0.5

type Prepare = Callable[[], Awaitable[None]]
"""Awaited before each comparison; may raise `BusAwayError`."""

log = get_logger("realtime.readiness")


async def nothing_to_prepare() -> None:
    """Let the comparison begin."""


class Readiness:
    """Brings the rooms in step with the stream, at the start and after each loss of the bus."""

    def __init__(self, warm_seconds: float) -> None:
        self._warm_seconds = warm_seconds
        self._is_warm = False
        self._hub: Hub | None = None
        self._lost = asyncio.Event()
        self._lost.set()

    def lose(self) -> None:
        """Admit nobody until the rooms have been compared with the stream."""
        self._lost.set()
        if self._hub is not None:
            self._hub.history.is_in_sync = False

    async def run(self, hub: Hub, prepare: Prepare = nothing_to_prepare) -> None:
        """Resynchronise whenever readiness is lost, until cancelled."""
        self._hub = hub
        while True:
            await self._lost.wait()
            try:
                await self.resync(hub, prepare)
            except BusAwayError as error:
                log.warning("uncertain", reason=str(error))
                await asyncio.sleep(RETRY_SECONDS)

    async def resync(self, hub: Hub, prepare: Prepare = nothing_to_prepare) -> None:
        """Compare the rooms with the stream once; raises `BusAwayError` where NATS does not answer.

        If readiness is lost again meanwhile, the gateway stays not ready.
        """
        self._hub = hub
        self._lost.clear()  # first, to notice a loss during the comparison
        try:
            await prepare()
            await self._compare(hub)
        except BaseException:
            self._lost.set()
            raise
        if not self._lost.is_set():
            hub.resume_delivery()

    async def _compare(self, hub: Hub) -> None:
        bounds = await hub.bounds()
        hub.note_stream(bounds, is_put_back=hub.is_ahead_of(bounds))
        if not self._is_warm:
            count = await hub.history.warm(self._warm_seconds)
            self._is_warm = True
            log.info("warm", publications=count)
        await hub.compare(list(hub.rooms), "reconnection")
