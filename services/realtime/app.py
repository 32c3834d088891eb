"""The gateway as an ASGI application."""

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.routing import WebSocketRoute

from services.realtime.lifespan import lifespan
from services.realtime.metrics import GatewayMetrics
from services.realtime.settings import RealtimeSettings
from services.realtime.socket import turbo_stream_socket
from services.realtime.state import State
from services.shared.health import health_routes
from services.shared.metrics import metrics_route


def create_app(settings: RealtimeSettings) -> Starlette:
    """Build a gateway; its connections open when the application starts."""
    metrics = GatewayMetrics()
    return Starlette(
        routes=[
            WebSocketRoute("/ws/turbo_stream/{group}/", turbo_stream_socket),
            # Names with a slash in them, and the empty one: refused like every other bad name.
            WebSocketRoute("/ws/turbo_stream/{group:path}/", turbo_stream_socket),
            *health_routes({"bus": _check_bus}),
            metrics_route(metrics.registry),
        ],
        lifespan=lifespan(settings, metrics),
    )


async def _check_bus(request: Request[State]) -> None:
    await request.state["bus"].check()
