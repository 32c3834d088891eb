"""Opens what the web service holds for its whole life, and closes it in reverse."""

import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.types import StatefulLifespan

from services.shared.bus.connection import Bus, open_bus
from services.shared.bus.stream_management import ReplicasError, declare_when_there
from services.shared.highlighting.highlighter import Highlighter
from services.shared.process.logging import get_logger
from services.shared.process.tasks import background
from services.shared.stream_token import StreamKeys
from services.web.answers.recorder import Recorder
from services.web.db.pool import open_pool
from services.web.departure import Departure
from services.web.metrics import WebMetrics
from services.web.outbox_watch import OutboxWatch
from services.web.readings import Readings
from services.web.relay import Relay
from services.web.rendering import Templates
from services.web.settings import WebSettings
from services.web.state import State
from services.web.stream_head import StreamHead

log = get_logger("web")


def lifespan(
    settings: WebSettings,
    templates: Templates,
    highlighter: Highlighter,
    metrics: WebMetrics,
    departure: Departure,
) -> StatefulLifespan[Starlette]:
    """Return the lifespan of a web service with these settings."""

    @asynccontextmanager
    async def run(_app: Starlette) -> AsyncIterator[State]:
        stream_keys = StreamKeys([key.get_secret_value() for key in settings.stream_keys])
        async with (
            open_pool(settings.renewed("database_url"), size=settings.database_connections) as pool,
            open_bus(settings.renewed("nats_url"), name="natter-web") as bus,
        ):
            await _declare_streams(bus, settings.stream_replicas)
            relay = Relay(pool, bus)
            recorder = Recorder(pool, bus, relay, templates, metrics.results)
            outbox = OutboxWatch(pool)
            metrics.watch(Readings(pool, bus, outbox))
            async with background(
                relay=relay.run,
                recorder=recorder.run,
                highlighter=highlighter.run,
                outbox_watch=outbox.run,
                lease=bus.lease.run,
            ):
                yield State(
                    settings=settings,
                    pool=pool,
                    bus=bus,
                    relay=relay,
                    stream_head=StreamHead(bus),
                    stream_keys=stream_keys,
                    templates=templates,
                    departure=departure,
                )

    return run


async def _declare_streams(bus: Bus, replicas: int) -> None:
    """Declare the streams, or end the process with the reason why that cannot be done."""
    try:
        await declare_when_there(bus.jetstream, replicas)
    except ReplicasError as error:
        log.error("streams_not_declared", reason=f"NATTER_WEB_STREAM_REPLICAS: {error}")  # noqa: TRY400 - it is a setting that is wrong
        # Without the words that uvicorn has for a start that failed.
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.raise_signal(signal.SIGTERM)
