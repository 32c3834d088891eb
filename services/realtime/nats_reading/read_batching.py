"""Publications that come one behind the other are read together: a read costs more than a message.

The first of them is read as it comes. Only where the next was close behind does the connection
rest for a millisecond, so that a busy bus is read a thousand times a second and not ten thousand.
"""

import asyncio
import time
from typing import Final

from nats.aio.client import Client

REST_SECONDS: Final = 0.001
# So much at once was read together already.
MUCH_BYTES: Final = 4096


class Pace:
    """When the connection of `client` is read."""

    __slots__ = ("_client", "_last")

    def __init__(self, client: Client) -> None:
        self._client = client
        self._last = 0.0

    async def rest(self, size: int) -> None:
        """Wait before the next read, if this one, of `size` bytes, came soon after the last."""
        now = time.monotonic()
        is_soon, self._last = now - self._last < REST_SECONDS, now
        if not is_soon or size >= MUCH_BYTES:
            return
        link = self._link()
        if link is not None:
            link.pause_reading()
        try:
            await asyncio.sleep(REST_SECONDS)
        finally:
            if link is not None:
                link.resume_reading()
        self._last = time.monotonic()

    def _link(self) -> asyncio.ReadTransport | None:
        """Return what is read, where that is known and read at present."""
        # nats-py offers no other way; a connection over a WebSocket has no such writer.
        writer = getattr(self._client._transport, "_io_writer", None)
        link = writer.transport if writer is not None else None
        return link if link is not None and link.is_reading() else None
