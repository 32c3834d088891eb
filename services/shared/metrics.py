"""`/metrics` in the Prometheus text format."""

from collections.abc import Sequence
from typing import Final

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.shared.hosts import ListedHosts

METRICS_PATH: Final = "/metrics"


def metrics_route(registry: CollectorRegistry, allowed_hosts: Sequence[str]) -> Route:
    """Answer `/metrics` with every metric of `registry`, by address or by one of these names."""

    async def metrics(_request: Request) -> Response:
        return Response(generate_latest(registry), headers={"content-type": CONTENT_TYPE_LATEST})

    guard = Middleware(ListedHosts, allowed=allowed_hosts)
    return Route(METRICS_PATH, metrics, middleware=[guard])
