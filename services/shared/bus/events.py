"""What nats-py tells of a connection, and how one is left."""

import os
import signal
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import nats.errors
from nats.aio.client import Client

from services.shared.bus.login import is_refusal, reason_of
from services.shared.process.logging import get_logger

LEAVE_SECONDS: Final = 2
# RuntimeError is uvloop's, where nats-py writes to a connection that has just gone.
CONNECTION_FAULTS: Final = (nats.errors.Error, OSError, RuntimeError)
# TypeError is what asyncio makes of the same (CPython issue 136234).
LEAVING_FAULTS: Final = (*CONNECTION_FAULTS, TypeError)

log = get_logger("bus")


@dataclass(slots=True)
class BusEvents:
    """What follows from each event of a connection."""

    client: Client
    on_gap: Callable[[], None]
    """Called when a core subscription may have missed something."""
    on_no_start: Callable[[Exception], None]
    """Called with each error before the connection was ever up."""
    opened: bool = False
    closing: bool = False
    refused: bool = False
    """Whether the server has taken no login since it was last connected."""

    async def error(self, error: Exception) -> None:
        """Say what is wrong, once for as long as it is the login."""
        if not is_refusal(error):
            log.warning("bus_error", error=repr(error))
        elif not self.refused:
            log.warning("bus_login_refused", reason=reason_of(error))
            self.refused = True
        if isinstance(error, nats.errors.SlowConsumerError):
            self.on_gap()
        if not self.opened:
            self.on_no_start(error)

    async def disconnected(self) -> None:
        """Say that messages may be missed from now on."""
        if not self.closing:
            log.warning("bus_disconnected")
            self.on_gap()

    async def reconnected(self) -> None:
        """Say that messages may have been missed until now."""
        self.refused = False
        log.info("bus_reconnected")
        self.on_gap()

    async def closed(self) -> None:
        """End the process, unless this was meant."""
        if not self.closing:
            # nats-py never opens a closed connection again: whoever runs us has to.
            log.error("bus_closed_for_good", error=repr(self.client.last_error))
            os.kill(os.getpid(), signal.SIGTERM)


async def leave(client: Client) -> None:
    """Send what is under way, where there is a server to send it to, and close.

    Not `drain`: it waits for messages that `fetch` has thrown away uncounted, up to 30 seconds.
    """
    if not client.servers:
        return  # it had no address that could be read
    try:
        if client.is_connected:
            await client.flush(LEAVE_SECONDS)
        await client.close()
    except LEAVING_FAULTS as error:
        log.warning("bus_left_unflushed", error=repr(error))
        await client.close()
