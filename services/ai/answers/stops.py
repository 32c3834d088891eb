"""Learns which answers have to stop, from live messages and from stored stops."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from nats.aio.msg import Msg
from pydantic import ValidationError

from services.shared.bus.connection import Bus
from services.shared.bus.errors import BusAwayError
from services.shared.bus.messages import Stop
from services.shared.bus.stored_messages import read_last
from services.shared.bus.subjects import AI_STOPS, STOP_SUBJECTS, stop_key_subject
from services.shared.process.logging import get_logger

RETRY_SECONDS: Final = 0.25

log = get_logger("ai.stops")


@dataclass(slots=True)
class _Watched:
    """A run of a message that may have to stop."""

    run: int
    stopped: asyncio.Event = field(default_factory=asyncio.Event)

    def take(self, stop: Stop) -> None:
        """Take a stop of this run; ignore one of an earlier run."""
        if stop.run >= self.run:
            self.stopped.set()


class Stops:
    """The answers of one worker that may have to stop.

    Web stores a stop before it publishes it (`ai.stop.<message>`). A worker subscribes before it
    reads what is stored, so it misses no stop.
    """

    def __init__(self) -> None:
        self._watched: dict[int, _Watched] = {}
        self._has_gap = asyncio.Event()

    def on_gap(self) -> None:
        """Have the stored stops read again: live messages may have been missed."""
        self._has_gap.set()

    @asynccontextmanager
    async def listening(self, bus: Bus) -> AsyncIterator[None]:
        """Subscribe to stops while the body runs."""
        subscription = await bus.client.subscribe(STOP_SUBJECTS, cb=self._receive)
        try:
            yield
        finally:
            await subscription.unsubscribe()

    @asynccontextmanager
    async def watching(self, bus: Bus, message_id: int, run: int) -> AsyncIterator[asyncio.Event]:
        """Yield an event that is set once this run of a message has to stop."""
        watched = self._watched[message_id] = _Watched(run)
        try:
            await self._read_stored(bus, message_id, watched)
            yield watched.stopped
        finally:
            if self._watched.get(message_id) is watched:
                del self._watched[message_id]

    async def reread_after_gaps(self, bus: Bus) -> None:
        """Read the stored stops again after each `on_gap`, until cancelled."""
        while True:
            await self._has_gap.wait()
            self._has_gap.clear()
            try:
                for message_id, watched in list(self._watched.items()):
                    await self._read_stored(bus, message_id, watched)
            except BusAwayError as error:
                log.warning("stops_unread", error=repr(error))
                self._has_gap.set()
                await asyncio.sleep(RETRY_SECONDS)

    async def _read_stored(self, bus: Bus, message_id: int, watched: _Watched) -> None:
        stored = await read_last(bus, AI_STOPS, stop_key_subject(message_id))
        if stored is not None and (stop := _read(stored.payload)) is not None:
            watched.take(stop)

    async def _receive(self, message: Msg) -> None:
        stop = _read(message.data)
        watched = self._watched.get(stop.message_id) if stop else None
        if stop and watched:
            watched.take(stop)


async def unless_stopped[T](stop: asyncio.Event, work: Coroutine[Any, Any, T]) -> T | None:
    """Do `work` and return its result; when `stop` is set, cancel it and return None."""
    async with asyncio.TaskGroup() as tasks:
        working = tasks.create_task(work)
        stopping = tasks.create_task(cancel_when(stop, working))
        await asyncio.wait([working])
        stopping.cancel()
    return None if working.cancelled() else working.result()


async def cancel_when[T](stop: asyncio.Event, working: asyncio.Task[T]) -> None:
    """Cancel a task as soon as `stop` is set."""
    await stop.wait()
    working.cancel()


def _read(payload: bytes) -> Stop | None:
    try:
        return Stop.model_validate_json(payload)
    except ValidationError:
        log.error("stop_refused", size=len(payload))  # noqa: TRY400 - the trace would hold it
        return None
