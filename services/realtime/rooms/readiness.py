"""Whether the gateway knows how far the stream has come; where it does not, it finds out."""

import asyncio
from typing import Final

from services.realtime.rooms.hub import Hub
from services.shared.bus.errors import BusAwayError
from services.shared.process.logging import get_logger

TRY_AGAIN_SECONDS: Final = 0.5

log = get_logger("realtime.certainty")


class Certainty:
    """Begins in doubt, and is in doubt again whenever the bus was away."""

    def __init__(self, warm_seconds: float) -> None:
        self._warm_seconds = warm_seconds
        self._is_warm = False
        self._hub: Hub | None = None
        self._doubted = asyncio.Event()
        self._doubted.set()

    def doubt(self) -> None:
        """Take nobody in until every room is known to catch up with the stream."""
        self._doubted.set()
        if self._hub is not None:
            self._hub.archive.is_certain = False

    async def run(self, hub: Hub) -> None:
        """Find out whenever there is doubt, until cancelled."""
        self._hub = hub
        while True:
            await self._doubted.wait()
            try:
                await self.find_out(hub)
            except BusAwayError as error:
                log.warning("uncertain", reason=str(error))
                await asyncio.sleep(TRY_AGAIN_SECONDS)

    async def find_out(self, hub: Hub) -> None:
        """Look once where the stream is; raises `BusAwayError` where that cannot be told."""
        self._hub = hub
        self._doubted.clear()  # first: what happens meanwhile is a new doubt
        try:
            await self._compare(hub)
        except BaseException:
            self._doubted.set()
            raise
        if not self._doubted.is_set():
            hub.go_on()

    async def _compare(self, hub: Hub) -> None:
        bounds = await hub.bounds()
        hub.recognise(bounds, is_put_back=hub.is_beyond(bounds))
        if not self._is_warm:
            count = await hub.archive.warm(self._warm_seconds)
            self._is_warm = True
            log.info("warm", publications=count)
        await hub.look(list(hub.rooms), "reconnection")
