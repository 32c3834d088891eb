"""A stream and its server in memory, with every fault at the test's command.

The gateway's own code runs against it unchanged; the real server is met by the integration and
fault tests. What can be decided here and not there is which message is lost, and when.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field
from typing import Protocol

from nats.aio.msg import Msg

from services.realtime.nats_reading.direct_get import StoredPublication
from services.shared.bus.errors import BusAwayError
from services.shared.bus.position import Cursor, Epoch, StreamBounds
from services.shared.bus.subjects import Group, live_turbo_stream_subject


class MessageSink(Protocol):
    """The future of a subscription."""

    def set_result(self, message: Msg) -> None: ...


@dataclass(eq=False)
class SubscriptionModel:
    """One subscription."""

    subject: str
    inlet: MessageSink
    server: "StreamModel"

    async def unsubscribe(self) -> None:
        self.server.subscriptions.discard(self)


@dataclass
class StreamModel:
    """The server, as a gateway's client and as its reader of the stream."""

    is_connected: bool = True
    stored: list[StoredPublication] = field(default_factory=list)
    last: int = 0
    first: int = 1
    epochs: int = 0
    read_steps: int = 0
    """Steps of the event loop that a read takes after it has found what there is."""
    subscriptions: set[SubscriptionModel] = field(default_factory=set)

    @property
    def head(self) -> Cursor:
        """The position that a page reads."""
        return Cursor(self._epoch, self.last)

    @property
    def _epoch(self) -> Epoch:
        return Epoch(f"{self.epochs:08x}")

    def store(self, group: Group, payload: bytes, *, is_lost: bool) -> None:
        """Store a message, and republish it unless it `is_lost` on the way."""
        self.last += 1
        previous = max((s.sequence for s in self.stored if s.group == group), default=0)
        self.stored.append(StoredPublication(self.last, group, payload))
        if is_lost or not self.is_connected:
            return
        headers = {"Nats-Sequence": str(self.last), "Nats-Last-Sequence": str(previous)}
        subject = live_turbo_stream_subject(group)
        for subscription in list(self.subscriptions):
            if subscription.subject == subject:
                subscription.inlet.set_result(
                    Msg(None, subject=subject, data=payload, headers=headers)  # type: ignore[arg-type]  # nobody answers it
                )

    def expire(self, count: int) -> None:
        """Drop the oldest messages, as age does."""
        if gone := self.stored[:count]:
            self.first = gone[-1].sequence + 1
            del self.stored[:count]

    def make_anew(self) -> None:
        """Delete the stream and create it again."""
        self.stored.clear()
        self.epochs += 1
        self.last, self.first = 0, 1

    async def subscribe(self, subject: str, *, future: MessageSink) -> SubscriptionModel:
        subscription = SubscriptionModel(subject, future, self)
        self.subscriptions.add(subscription)
        return subscription

    async def bounds(self) -> StreamBounds:
        self._answer()
        return StreamBounds(self._epoch, self.first, self.last)

    async def head_of(self, group: Group) -> int:
        self._answer()
        return max((s.sequence for s in self.stored if s.group == group), default=0)

    async def heads(self, groups: Iterable[Group]) -> dict[Group, int]:
        heads = {group: await self.head_of(group) for group in groups}
        return {group: head for group, head in heads.items() if head}

    async def read(
        self,
        group: Group,
        after: int,
        *,
        limit: int,
        reach: int = 0,  # noqa: ARG002 - as it reads, it reads everything
    ) -> list[StoredPublication] | None:
        self._answer()
        read = [s for s in self.stored if s.group == group and s.sequence > after]
        for _ in range(self.read_steps):
            await asyncio.sleep(0)
        return read if sum(len(s.payload) for s in read) <= limit else None

    async def tail(self, _seconds: float) -> AsyncIterator[list[StoredPublication]]:
        self._answer()
        if recent := self.stored[-10:]:
            yield recent

    def _answer(self) -> None:
        if not self.is_connected:
            raise BusAwayError("the model is away")
