"""Who listens to what: the first listener of a group opens its subscription, the last closes it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from nats.aio.subscription import Subscription

from services.realtime.feed import Feed
from services.realtime.listener import CONTINUITY_LOST, Listener
from services.realtime.metrics import GatewayMetrics
from services.shared.subjects import Group


@dataclass(slots=True)
class Room:
    """The listeners of one group. `lock` is held while the subscription opens or closes."""

    listeners: set[Listener] = field(default_factory=set)
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    subscription: Subscription | None = None


@dataclass(frozen=True, slots=True)
class Hub:
    """Every group that has a listener here."""

    feed: Feed
    metrics: GatewayMetrics
    max_unsent_bytes: int
    rooms: dict[Group, Room] = field(default_factory=dict)

    @asynccontextmanager
    async def listening(self, group: Group) -> AsyncIterator[Listener]:
        """Listen to `group` for as long as the body runs; nothing published meanwhile is missed."""
        listener = Listener(self.max_unsent_bytes)
        room = self.rooms.setdefault(group, Room())
        room.listeners.add(listener)
        try:
            await self._ensure_subscription(group, room)
            self.metrics.sockets.inc()
            try:
                yield listener
            finally:
                self.metrics.sockets.dec()
        finally:
            room.listeners.discard(listener)
            await self._close_if_empty(group, room)

    def break_off(self) -> None:
        """End every listener: something may have been published that did not arrive here.

        Core NATS sends a message once or never; whoever comes back loads what it missed.
        """
        for room in self.rooms.values():
            for listener in room.listeners:
                listener.end(CONTINUITY_LOST)

    async def _ensure_subscription(self, group: Group, room: Room) -> None:
        async with room.lock:
            if room.subscription is None:

                def deliver(html: str, size: int) -> None:
                    for listener in room.listeners:
                        listener.offer(html, size)
                    self.metrics.deliveries.inc(len(room.listeners))

                room.subscription = await self.feed.open(group, deliver)
                self.metrics.groups.inc()

    async def _close_if_empty(self, group: Group, room: Room) -> None:
        async with room.lock:
            if room.listeners:
                return
            subscription, room.subscription = room.subscription, None
            if subscription is not None:
                self.metrics.groups.dec()
                await subscription.unsubscribe()
            # Somebody may have joined this very room during the wait, and now waits for its lock.
            if not room.listeners and self.rooms.get(group) is room:
                del self.rooms[group]
