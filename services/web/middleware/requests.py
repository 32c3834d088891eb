"""What is told of every request once it is over: a line in the log, a span, and the metrics.

One canonical line a request is Stripe's term and practice ("Canonical log lines"). OpenTelemetry's
ASGI instrumentation is not used: it writes queries, addresses and every path into spans, and would
watch the answer a second time.
"""

import time
from collections.abc import Sequence
from typing import Final

from starlette.routing import BaseRoute
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.shared.process.health import PROBES
from services.shared.process.logging import get_logger
from services.shared.process.metrics import METRICS_PATH
from services.shared.process.tracing.context import request_context
from services.shared.process.tracing.spans import Span, SpanKind, fail, span, tell
from services.web.metrics import WebMetrics
from services.web.middleware.base_path import own_path
from services.web.middleware.request_routes import RouteNames

QUIET: Final = PROBES | {METRICS_PATH}
FAULT: Final = 500

log = get_logger("web.request")


class Requests:
    """ASGI middleware that begins a request's trace, or goes on with the one that it names.

    Probes and scrapes are passed over: they come whether or not anybody is there.
    """

    def __init__(self, app: ASGIApp, metrics: WebMetrics, routes: Sequence[BaseRoute]) -> None:
        self._app = app
        self._metrics = metrics
        self._routes = RouteNames(routes)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or own_path(scope) in QUIET:
            await self._app(scope, receive, send)
            return
        context = request_context(scope["headers"])
        with span("request", SpanKind.SERVER, context=context) as begun:
            answer = _Answer(send)
            try:
                with self._metrics.in_flight.track_inprogress():
                    await self._app(scope, receive, answer.send)
            finally:
                self._tell(scope, answer, begun)

    def _tell(self, scope: Scope, answer: "_Answer", begun: Span) -> None:
        method, route, seconds = scope["method"], self._routes.of(scope), answer.seconds()
        self._metrics.count_request(method, answer.status, route, seconds)
        log.info(
            "request",
            method=method,
            path=scope["path"],
            route=route,
            status=answer.status,
            duration_ms=round(seconds * 1000, 1),
            response_bytes=answer.size,
            **_subjects(scope),
        )
        _tell_span(begun, self._metrics.method(method), route, answer.status)


class _Answer:
    """What is seen of an answer on its way out."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._started = time.perf_counter()
        self.status = FAULT
        self.size = 0

    async def send(self, message: Message) -> None:
        """Pass a message on."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
        else:
            self.size += len(message.get("body", b""))
        await self._send(message)

    def seconds(self) -> float:
        """Return how long it has taken since the request's head."""
        return time.perf_counter() - self._started


def _subjects(scope: Scope) -> dict[str, int | None]:
    """Name whose request it was and what it was about, as far as the guards have come."""
    state = scope.get("state", {})
    found = {name: state.get(name) for name in ("account", "chat", "message")}
    return {f"{name}_id": one and one.id for name, one in found.items()}


def _tell_span(begun: Span, method: str, route: str, status: int) -> None:
    """Name a span by its route (OpenTelemetry, "Semantic conventions for HTTP spans")."""
    if not begun.is_recording():
        return
    begun.update_name(f"{method} {route}")
    told = {"http.request.method": method, "http.route": route}
    tell({**told, "http.response.status_code": status}, begun)
    if status >= FAULT:
        fail(str(status), begun)
