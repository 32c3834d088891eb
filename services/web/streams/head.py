"""The position in the stream after which a page must listen to miss nothing."""

import asyncio
from typing import Final

from services.shared.bus.connection import Bus
from services.shared.bus.errors import CONNECTION_FAULTS
from services.shared.bus.position import Cursor, read_bounds
from services.shared.bus.stream_info import StreamInfoError
from services.shared.process.logging import get_logger

FRESH_SECONDS: Final = 1.0
ANSWER_SECONDS: Final = 0.5

log = get_logger("web.stream_head")


class StreamHead:
    """Caches a lower bound of the stream's last position for a second.

    A page that reads it before its rows and listens from there misses nothing: what its rows do not
    show was published later. If the bound is too low, some streams are only applied twice.
    """

    def __init__(self, bus: Bus) -> None:
        self._client = bus.client
        self._one_flight = asyncio.Lock()
        self._asked = float("-inf")
        self._known: Cursor | None = None

    async def read(self) -> Cursor | None:
        """Return the bound; while NATS is away the last one known, None if there was none."""
        clock = asyncio.get_running_loop().time
        async with self._one_flight:
            if clock() - self._asked >= FRESH_SECONDS:
                self._asked = clock()
                self._known = await self._ask() or self._known
        return self._known

    async def _ask(self) -> Cursor | None:
        if not self._client.is_connected:
            return None
        try:
            return (await read_bounds(self._client, seconds=ANSWER_SECONDS)).head
        except (StreamInfoError, *CONNECTION_FAULTS) as error:
            log.warning("stream_head_unread", error=repr(error))
            return None
