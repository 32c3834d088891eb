"""Opens what the ai service holds for its whole life, runs its worker, and closes it all."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from starlette.applications import Starlette
from starlette.types import StatefulLifespan

from services.ai.answers.stops import Stops
from services.ai.catalogue import CataloguePublisher
from services.ai.context import AiContext
from services.ai.jobs.worker import Worker
from services.ai.metrics import AnswerMetrics
from services.ai.provider.connections import Connections, open_connections
from services.ai.queue_watch import QueueWatch
from services.ai.settings import AiSettings
from services.ai.state import State
from services.shared.bus.connection import open_bus
from services.shared.highlighting.highlighter import Highlighter
from services.shared.process.logging import get_logger
from services.shared.process.tasks import background

log = get_logger("ai")


def lifespan(settings: AiSettings, metrics: AnswerMetrics) -> StatefulLifespan[Starlette]:
    """Return the lifespan of an ai service with these settings."""

    @asynccontextmanager
    async def run(_app: Starlette) -> AsyncIterator[State]:
        stops = Stops()
        async with (
            open_bus(settings.renewed("nats_url"), name="natter-ai", on_gap=stops.on_gap) as bus,
            open_connections(
                settings.endpoints,
                default=settings.default,
                timeouts=settings.timeouts,
            ) as connections,
            stops.listening(bus),
        ):
            _log_connections(connections, settings.default)
            highlighter = Highlighter(metrics.highlighting)
            queues = QueueWatch(bus)
            metrics.watch(bus, queues, answers_limit=settings.max_answers)
            worker = Worker(AiContext(bus, connections, settings, stops, metrics, highlighter))
            async with background(
                worker=worker.run,
                stops=partial(stops.reread_after_gaps, bus),
                highlighter=highlighter.run,
                catalogue=CataloguePublisher(bus, connections, settings).run,
                queue_watch=queues.run,
                lease=bus.lease.run,
            ):
                yield State(bus=bus, worker=worker)

    return run


def _log_connections(connections: Connections, default: str) -> None:
    """Log every endpoint, and which of them answers chats that name none."""
    for name in connections.names:
        known = connections.get(name).details()
        log.info(
            "connection_set_up",
            connection=known.connection,
            address=known.address,
            model=known.model or "the first listed",
            answers="by default" if name == default else "where a chat names it",
        )
