"""The ai service as an ASGI application: health and metrics around the worker."""

from typing import Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request

from services.ai.jobs.worker import DrainingError
from services.ai.lifespan import lifespan
from services.ai.metrics import AnswerMetrics
from services.ai.settings import AiSettings
from services.ai.state import State
from services.shared.process.health import health_routes
from services.shared.process.hosts import OneHost
from services.shared.process.metrics import metrics_route


def create_app(settings: AiSettings) -> Starlette:
    """Build an ai service; its worker starts with the application."""
    metrics = AnswerMetrics()
    return Starlette(
        routes=[
            *health_routes({"bus": _check_bus, "worker": _check_worker}),
            metrics_route(metrics.registry, settings.allowed_hosts),
        ],
        middleware=[Middleware(OneHost)],
        lifespan=lifespan(settings, metrics),
    )


async def drain(state: dict[str, Any]) -> None:
    """Fail readiness and let answers end before the server stops; `state` is the lifespan's."""
    await state["worker"].drain()


async def _check_bus(request: Request[State]) -> None:
    await request.state["bus"].check()


async def _check_worker(request: Request[State]) -> None:
    if request.state["worker"].draining.is_set():
        raise DrainingError
