"""The ai service as an ASGI application: health and metrics around the worker."""

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request

from services.ai.lifespan import lifespan
from services.ai.metrics import AnswerMetrics
from services.ai.settings import AiSettings
from services.ai.state import State
from services.shared.health import health_routes
from services.shared.hosts import OneHost
from services.shared.metrics import metrics_route


def create_app(settings: AiSettings) -> Starlette:
    """Build an ai service; it begins to work when the application starts."""
    metrics = AnswerMetrics()
    return Starlette(
        routes=[
            *health_routes({"bus": _check_bus}),
            metrics_route(metrics.registry, settings.allowed_hosts),
        ],
        middleware=[Middleware(OneHost)],
        lifespan=lifespan(settings, metrics),
    )


async def _check_bus(request: Request[State]) -> None:
    await request.state["bus"].check()
