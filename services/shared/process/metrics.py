"""`/metrics` in the Prometheus text format, and metrics that are read at each scrape."""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, override

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    ProcessCollector,
    generate_latest,
)
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.shared.process.hosts import ListedHosts

METRICS_PATH: Final = "/metrics"

PROCESS: Final = CollectorRegistry()
"""What Linux knows about this process: CPU time, memory, file descriptors."""
ProcessCollector(registry=PROCESS)


@dataclass(frozen=True, slots=True, eq=False)
class ReadAtScrape(Collector):
    """Metrics that `read` returns at each scrape; it must not wait."""

    read: Callable[[], Iterable[Metric]]

    @override
    def collect(self) -> Iterable[Metric]:
        """Return the metrics of one scrape."""
        return self.read()


def labelled_gauge(name: str, text: str, label: str, values: Mapping[str, float]) -> Metric:
    """Return a gauge with one sample for each value of `label`."""
    gauge = GaugeMetricFamily(name, text, labels=[label])
    for labelled, value in values.items():
        gauge.add_metric([labelled], value)
    return gauge


def metrics_route(registry: CollectorRegistry, allowed_hosts: Sequence[str]) -> Route:
    """Answer `/metrics` with every metric of `registry` and of the process.

    A request's host must be an IP address or one of `allowed_hosts`.
    """

    async def metrics(_request: Request) -> Response:
        text = generate_latest(registry)
        # In a thread: counting 20,000 descriptors takes 20 ms, and sockets would wait.
        text += await asyncio.to_thread(generate_latest, PROCESS)
        return Response(text, headers={"content-type": CONTENT_TYPE_LATEST})

    guard = Middleware(ListedHosts, allowed=allowed_hosts)
    return Route(METRICS_PATH, metrics, middleware=[guard])
