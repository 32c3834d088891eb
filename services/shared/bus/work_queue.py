"""Taking messages from a work queue, one at a time."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Final

import nats.errors
from nats.aio.msg import Msg
from nats.js import JetStreamContext

from services.shared.bus.connection import Bus
from services.shared.bus.errors import CONNECTION_FAULTS
from services.shared.process.logging import get_logger

FETCH_SECONDS: Final = 5.0
AWAY_SECONDS: Final = 1.0

log = get_logger("work_queue")


@dataclass(frozen=True, slots=True)
class WorkQueue:
    """One process's share of a queue."""

    subscription: JetStreamContext.PullSubscription

    async def next(self) -> Msg:
        """Wait for a message, through any outage of the bus; the caller acks it."""
        while (message := await self.poll()) is None:
            pass
        return message

    async def poll(self) -> Msg | None:
        """Ask once; None if nothing comes within five seconds or the bus is away."""
        try:
            (message,) = await self.subscription.fetch(1, timeout=FETCH_SECONDS)
        except nats.errors.TimeoutError:
            return None
        except CONNECTION_FAULTS as error:
            log.warning("nothing_to_take_for_now", error=repr(error))
            await asyncio.sleep(AWAY_SECONDS)
            return None
        return message


@asynccontextmanager
async def taking(bus: Bus, *, stream: str, consumer: str) -> AsyncIterator[WorkQueue]:
    """Take from `stream` as `consumer` until the body ends; both must exist.

    Leaving withdraws the open request, which would otherwise get messages that are handed back.
    """
    subscription = await bus.jetstream.pull_subscribe_bind(consumer=consumer, stream=stream)
    try:
        yield WorkQueue(subscription)
    finally:
        with suppress(*CONNECTION_FAULTS):
            await subscription.unsubscribe()
