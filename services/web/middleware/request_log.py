"""Records every request after its response: a line in the log, a span, and the metrics.

The line is a "canonical log line" (Stripe). OpenTelemetry's ASGI instrumentation is not used: it
writes queries, addresses and every path into spans, and would wrap the response a second time.
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
from services.shared.process.tracing.spans import Span, SpanKind, mark_failed, set_attributes, span
from services.web.metrics import WebMetrics
from services.web.middleware.base_path import own_path
from services.web.middleware.request_routes import RouteNames

QUIET: Final = PROBES | {METRICS_PATH}
FAULT: Final = 500

log = get_logger("web.request")


class RequestLog:
    """ASGI middleware that begins a request's trace, or continues the one it names.

    Probes and scrapes are not recorded.
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
            response = _Response(send)
            try:
                with self._metrics.in_flight.track_inprogress():
                    await self._app(scope, receive, response.send)
            finally:
                self._record(scope, response, begun)

    def _record(self, scope: Scope, response: "_Response", begun: Span) -> None:
        method, route = scope["method"], self._routes.of(scope)
        self._metrics.count_request(method, response.status, route, response.seconds_to_body())
        log.info(
            "request",
            method=method,
            path=scope["path"],
            route=route,
            status=response.status,
            duration_ms=round(response.seconds() * 1000, 1),
            response_bytes=response.size,
            **_subjects(scope),
        )
        _describe(begun, self._metrics.method(method), route, response.status)


class _Response:
    """Status and size of a response while it is sent."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._started = time.perf_counter()
        self._seconds_to_body: float | None = None
        self.status = FAULT
        self.size = 0

    async def send(self, message: Message) -> None:
        """Record a message and pass it on."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
        else:
            self.size += len(message.get("body", b""))
        await self._send(message)
        if self._seconds_to_body is None and "body" in message:
            self._seconds_to_body = self.seconds()

    def seconds_to_body(self) -> float:
        """Return the seconds until the first part of the body was sent, which is mostly all."""
        return self.seconds() if self._seconds_to_body is None else self._seconds_to_body

    def seconds(self) -> float:
        """Return the seconds since the request's head."""
        return time.perf_counter() - self._started


def _subjects(scope: Scope) -> dict[str, int | None]:
    """Return the ids that the guards found: account, chat and message."""
    state = scope.get("state", {})
    found = {name: state.get(name) for name in ("account", "chat", "message")}
    return {f"{name}_id": one and one.id for name, one in found.items()}


def _describe(begun: Span, method: str, route: str, status: int) -> None:
    """Name a span by its route (OpenTelemetry, "Semantic conventions for HTTP spans")."""
    if not begun.is_recording():
        return
    begun.update_name(f"{method} {route}")
    facts = {"http.request.method": method, "http.route": route}
    set_attributes({**facts, "http.response.status_code": status}, begun)
    if status >= FAULT:
        mark_failed(str(status), begun)
