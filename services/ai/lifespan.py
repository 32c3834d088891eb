"""Opens what the ai service holds for its whole life, works, and closes it in reverse."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.types import StatefulLifespan

from services.ai.metrics import AnswerMetrics
from services.ai.provider.openai import open_endpoint
from services.ai.settings import AiSettings
from services.ai.state import State
from services.ai.worker import Worker
from services.shared.bus import open_bus
from services.shared.rendering import Renderer
from services.shared.tasks import background


def lifespan(settings: AiSettings, metrics: AnswerMetrics) -> StatefulLifespan[Starlette]:
    """Return the lifespan of an ai service with these settings."""

    @asynccontextmanager
    async def run(_app: Starlette) -> AsyncIterator[State]:
        url = settings.nats_url.get_secret_value()
        async with open_bus(url, name="natter-ai") as bus, open_endpoint(settings) as endpoint:
            worker = Worker(bus, endpoint, Renderer(), settings, metrics)
            async with background(worker=worker.run):
                yield State(bus=bus)

    return run
