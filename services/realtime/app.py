"""The gateway as an ASGI application."""

from typing import Any, Final

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute

from services.realtime.admission.gatekeeper import AdmissionDeniedError
from services.realtime.lifespan import lifespan
from services.realtime.metrics import GatewayMetrics
from services.realtime.settings import RealtimeSettings
from services.realtime.sse_endpoint import turbo_stream_events
from services.realtime.state import State
from services.realtime.websocket_endpoint import TurboStreamSocket
from services.shared.bus.errors import BusAwayError
from services.shared.process.health import health_routes
from services.shared.process.metrics import metrics_route

NO_SUCH_ADDRESS: Final = """\
no such address: listen at /ws/turbo_stream/<group>/ by WebSocket, or by Server-Sent Events \
at /sse/turbo_stream/<group>/, with the slash at the end
"""
NO_UPGRADE: Final = """\
this address speaks WebSocket, and the request asks for no upgrade: if the client did, a proxy \
between has dropped its Upgrade and Connection headers
"""


def create_app(settings: RealtimeSettings) -> Starlette:
    """Build a gateway; its connections open when the application starts."""
    metrics = GatewayMetrics()
    app = Starlette(
        routes=[
            WebSocketRoute("/ws/turbo_stream/{group}/", TurboStreamSocket()),
            # A name with a slash in it, or an empty one, is refused as every other bad name.
            WebSocketRoute("/ws/turbo_stream/{group:path}/", TurboStreamSocket()),
            Route("/ws/turbo_stream/{group}/", _ask_for_upgrade),
            Route("/sse/turbo_stream/{group}/", turbo_stream_events),
            Route("/sse/turbo_stream/{group:path}/", turbo_stream_events),
            *health_routes({"bus": _check_bus, "stream": _check_stream, "room": _check_capacity}),
            metrics_route(metrics.registry, settings.allowed_hosts),
        ],
        lifespan=lifespan(settings, metrics),
    )
    # Starlette's defaults close a WebSocket with 403, and redirect an event stream.
    app.router.redirect_slashes = False
    app.router.default = PlainTextResponse(NO_SUCH_ADDRESS, status_code=404)
    return app


async def _ask_for_upgrade(_request: Request[State]) -> PlainTextResponse:
    """Answer a request that asks for no upgrade (RFC 9110, "426 Upgrade Required")."""
    headers = {"connection": "upgrade", "upgrade": "websocket"}
    return PlainTextResponse(NO_UPGRADE, status_code=426, headers=headers)


async def drain(state: dict[str, Any]) -> None:
    """Close every listener before the server stops; `state` is the lifespan's.

    From its first moment `/ready` answers 503.
    """
    await state["drain"].run(state["hub"])


async def _check_bus(request: Request[State]) -> None:
    await request.state["bus"].check()


async def _check_stream(request: Request[State]) -> None:
    if not request.state["hub"].history.is_in_sync:
        raise BusAwayError("it is not known how far the stream has come")


async def _check_capacity(request: Request[State]) -> None:
    state = request.state
    if state["drain"].has_begun:
        raise AdmissionDeniedError(503, "draining")
    if state["joining"].gatekeeper.limits.open >= state["settings"].max_sockets:
        raise AdmissionDeniedError(503, "full")
