"""Opens what the gateway holds for its whole life, and closes it in reverse."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.types import StatefulLifespan

from services.realtime.feed import Feed
from services.realtime.hub import Hub
from services.realtime.metrics import GatewayMetrics
from services.realtime.settings import RealtimeSettings
from services.realtime.state import State
from services.shared.bus import open_bus


def lifespan(settings: RealtimeSettings, metrics: GatewayMetrics) -> StatefulLifespan[Starlette]:
    """Return the lifespan of a gateway with these settings."""

    @asynccontextmanager
    async def run(_app: Starlette) -> AsyncIterator[State]:
        url = settings.nats_url.get_secret_value()

        def lose_continuity() -> None:
            hub.break_off()

        async with open_bus(url, name="natter-realtime", on_gap=lose_continuity) as bus:
            hub = Hub(Feed(bus.client, metrics), metrics, settings.max_unsent_bytes)
            yield State(settings=settings, bus=bus, hub=hub, metrics=metrics)

    return run
