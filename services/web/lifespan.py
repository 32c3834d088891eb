"""Opens what the web service needs while it runs, and closes it in reverse order."""

import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.types import StatefulLifespan

from services.shared.bus.connection import Bus, open_bus
from services.shared.bus.stream_management import ReplicasError, declare_when_ready
from services.shared.highlighting.highlighter import Highlighter
from services.shared.process.logging import get_logger
from services.shared.process.tasks import background
from services.shared.stream_token import StreamKeys
from services.web.accounts.passwords import Passwords
from services.web.accounts.sessions.model import Lifetimes
from services.web.answers.dispatcher import Dispatcher
from services.web.answers.model import AnswerContext
from services.web.answers.recorder import Recorder
from services.web.db.outbox_watch import OutboxWatch
from services.web.db.pool import open_pool
from services.web.db.relay import Relay
from services.web.draining import Draining
from services.web.limits.model import Limits
from services.web.metrics import WebMetrics, WebSources
from services.web.models.catalogue import ModelCatalogue
from services.web.removal.account_purge import AccountPurge
from services.web.removal.expiry import Expiry
from services.web.rendering.templates import Templates
from services.web.settings import WebSettings
from services.web.state import State
from services.web.streams.head import StreamHead

log = get_logger("web")


def lifespan(
    settings: WebSettings,
    templates: Templates,
    highlighter: Highlighter,
    metrics: WebMetrics,
    draining: Draining,
) -> StatefulLifespan[Starlette]:
    """Return the lifespan of a web service with these settings."""

    @asynccontextmanager
    async def run(_app: Starlette) -> AsyncIterator[State]:
        async with (
            open_pool(settings.renewed("database_url"), size=settings.database_connections) as pool,
            open_bus(settings.renewed("nats_url"), name="natter-web") as bus,
        ):
            await _declare_streams(bus, settings.stream_replicas)
            relay = Relay(pool, bus)
            context = AnswerContext(templates, Limits.of(settings))
            dispatcher = Dispatcher(pool, relay, context)
            recorder = Recorder(pool, bus, relay, dispatcher, context, metrics.results)
            outbox = OutboxWatch(pool)
            metrics.watch(WebSources(pool, bus, outbox))
            catalogue = ModelCatalogue(bus)
            async with background(
                relay=relay.run,
                dispatcher=dispatcher.run,
                recorder=recorder.run,
                highlighter=highlighter.run,
                outbox_watch=outbox.run,
                expiry=Expiry(pool, Lifetimes.of(settings)).run,
                account_purge=AccountPurge(pool, bus, context).run,
                lease=bus.lease.run,
                catalogue=catalogue.run,
            ):
                yield State(
                    settings=settings,
                    pool=pool,
                    bus=bus,
                    relay=relay,
                    wake_dispatcher=dispatcher.wake,
                    answer_context=context,
                    stream_head=StreamHead(bus),
                    catalogue=catalogue,
                    stream_keys=_stream_keys(settings),
                    templates=templates,
                    draining=draining,
                    passwords=Passwords(),
                )

    return run


def _stream_keys(settings: WebSettings) -> StreamKeys:
    return StreamKeys([key.get_secret_value() for key in settings.stream_keys])


async def _declare_streams(bus: Bus, replicas: int) -> None:
    """Declare the streams, or end the process and log why that is impossible."""
    try:
        await declare_when_ready(bus.jetstream, replicas)
    except ReplicasError as error:
        log.error("streams_not_declared", reason=f"NATTER_WEB_STREAM_REPLICAS: {error}")  # noqa: TRY400 - a setting is wrong
        # This way uvicorn adds no message about a failed start.
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.raise_signal(signal.SIGTERM)
