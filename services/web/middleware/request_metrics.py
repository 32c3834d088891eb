"""Counts and times every request, by its route's template."""

import time
from collections.abc import Iterator, Sequence
from typing import Final

from starlette.routing import BaseRoute, Mount, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.web.metrics import OTHER, WebMetrics
from services.web.middleware.base_path import own_path
from services.web.middleware.request_log import QUIET

REST_OF_A_MOUNT: Final = "/{path}"


class RequestMetrics:
    """ASGI middleware that tells `metrics` of each request once its answer has ended.

    Probes and scrapes are left out: they come whether or not anybody is there.
    """

    def __init__(self, app: ASGIApp, metrics: WebMetrics, routes: Sequence[BaseRoute]) -> None:
        self._app = app
        self._metrics = metrics
        self._templates = dict(_templates(routes))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or own_path(scope) in QUIET:
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        status = 500

        async def watch(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            with self._metrics.in_flight.track_inprogress():
                await self._app(scope, receive, watch)
        finally:
            # The router puts the innermost route that it found into the scope.
            route = self._templates.get(id(scope.get("route")), OTHER)
            seconds = time.perf_counter() - started
            self._metrics.count_request(scope["method"], status, route, seconds)


def _templates(routes: Sequence[BaseRoute], prefix: str = "") -> Iterator[tuple[int, str]]:
    """Name each route by the whole of its path; they compare by value, so their ids stand here."""
    for route in routes:
        if isinstance(route, Mount):
            path = prefix + route.path_format.removesuffix(REST_OF_A_MOUNT)
            yield id(route), path
            yield from _templates(route.routes, path)
        elif isinstance(route, Route):
            yield id(route), prefix + route.path_format
