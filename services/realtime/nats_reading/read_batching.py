"""Batches the reads of the bus: a read costs more than a message.

The first is read as it comes. Only where the next followed closely does the connection pause for a
millisecond, so that a busy bus is read a thousand times a second and not ten thousand times.
"""

import asyncio
import time
from collections.abc import Callable
from typing import Final

from nats.aio.client import Client

PAUSE_SECONDS: Final = 0.001
# A read of this size is a batch already.
LARGE_READ_BYTES: Final = 4096


class ReadBatching:
    """Pauses the reading of a connection, whose transport `transport` returns, or None."""

    __slots__ = ("_last", "_transport")

    def __init__(self, transport: Callable[[], asyncio.ReadTransport | None]) -> None:
        self._transport = transport
        self._last = 0.0

    async def pause(self, size: int) -> None:
        """Pause after a read of `size` bytes that closely followed the last one."""
        now = time.monotonic()
        is_soon, self._last = now - self._last < PAUSE_SECONDS, now
        if not is_soon or size >= LARGE_READ_BYTES:
            return
        transport = self._transport()
        if transport is not None and not transport.is_reading():
            transport = None  # somebody else has paused it
        if transport is not None:
            transport.pause_reading()
        try:
            await asyncio.sleep(PAUSE_SECONDS)
        finally:
            if transport is not None:
                transport.resume_reading()
        self._last = time.monotonic()


def transport_of(client: Client) -> asyncio.ReadTransport | None:
    """Return the transport that `client` reads; None without one, or over a WebSocket."""
    writer = getattr(client._transport, "_io_writer", None)  # nats-py offers no other way
    transport: asyncio.ReadTransport | None = writer.transport if writer is not None else None
    return transport
