"""Handles the events that nats-py reports of a connection, and closes connections."""

import os
import signal
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import nats.errors
from nats.aio.client import Client

from services.shared.bus.errors import CONNECTION_FAULTS
from services.shared.bus.nats_url import is_refusal, reason_of
from services.shared.process.logging import get_logger

LEAVE_SECONDS: Final = 2
# asyncio raises TypeError if a connection has just closed (CPython issue 136234).
LEAVING_FAULTS: Final = (*CONNECTION_FAULTS, TypeError)

log = get_logger("bus")


@dataclass(slots=True)
class ConnectionEvents:
    """The callbacks of one connection."""

    client: Client
    on_gap: Callable[[], None]
    """Called when a core subscription may have missed messages."""
    on_no_start: Callable[[Exception], None]
    """Called with each error before the connection was first up."""
    opened: bool = False
    closing: bool = False
    login_refused: bool = False
    """Whether the server has refused the login since the last connection."""

    async def error(self, error: Exception) -> None:
        """Log an error; a refused login only once."""
        if not is_refusal(error):
            log.warning("bus_error", error=repr(error))
        elif not self.login_refused:
            log.warning("bus_login_refused", reason=reason_of(error))
            self.login_refused = True
        if isinstance(error, nats.errors.SlowConsumerError):
            self.on_gap()
        if not self.opened:
            self.on_no_start(error)

    async def disconnected(self) -> None:
        """Report that messages may be missed from now on."""
        if not self.closing:
            log.warning("bus_disconnected")
            self.on_gap()

    async def reconnected(self) -> None:
        """Report that messages may have been missed until now."""
        self.login_refused = False
        log.info("bus_reconnected")
        self.on_gap()

    async def closed(self) -> None:
        """End the process, unless we closed the connection ourselves."""
        if not self.closing:
            # nats-py never opens a closed connection again: the process has to be restarted.
            log.error("bus_closed_for_good", error=repr(self.client.last_error))
            os.kill(os.getpid(), signal.SIGTERM)


async def leave(client: Client) -> None:
    """Flush, if there is a server to flush to, and close.

    Not `drain`: it waits up to 30 seconds for messages that `fetch` has discarded uncounted.
    """
    if not client.servers:
        return  # none of its addresses could be read
    try:
        if client.is_connected:
            await client.flush(LEAVE_SECONDS)
        await client.close()
    except LEAVING_FAULTS as error:
        log.warning("bus_left_unflushed", error=repr(error))
        await client.close()
