"""The bus as the gateway sees it: one core subscription a group."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

import nats.errors
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription

from services.realtime.metrics import GatewayMetrics
from services.shared.bus import BusAwayError
from services.shared.logging import get_logger
from services.shared.subjects import Group, live_turbo_stream_subject
from services.shared.turbo import starts_like_turbo_streams

log = get_logger("realtime.feed")

type Deliver = Callable[[str, int], None]
"""Called with the HTML of a publication and its size in bytes."""


@dataclass(frozen=True, slots=True)
class Feed:
    """Opens subscriptions and lets through only what may reach a browser."""

    client: Client
    metrics: GatewayMetrics

    async def open(self, group: Group, deliver: Deliver) -> Subscription:
        """Subscribe to `group`; once this returns, the server sends whatever is published.

        Raises `BusAwayError` while there is no server to say so.
        """
        if not self.client.is_connected:
            raise BusAwayError("not connected to NATS")

        async def forward(message: Msg) -> None:
            html = self._accept(group, message.data)
            if html is not None:
                deliver(html, len(message.data))

        subscription = await self.client.subscribe(live_turbo_stream_subject(group), cb=forward)
        try:
            # nats-py writes the first flush's PING ahead of a SUB that still waits in its buffer;
            # the second one's answer says that the server has read the SUB.
            # A cancelled flush would end nats-py's reading (its answer finds nobody), so: shielded.
            await asyncio.shield(self.client.flush())
            await asyncio.shield(self.client.flush())
        except BaseException as error:
            # Left behind, it would come alive with the next connection and deliver all twice.
            await subscription.unsubscribe()
            if isinstance(error, nats.errors.Error):
                raise BusAwayError("no answer from NATS") from error
            raise
        return subscription

    def _accept(self, group: Group, payload: bytes) -> str | None:
        if starts_like_turbo_streams(payload):
            try:
                return payload.decode()
            except UnicodeDecodeError:
                pass
        self.metrics.refused_publications.inc()
        log.warning("publication_refused", group=group, size=len(payload))
        return None
