"""The metrics of the web service.

No label holds a path, a chat or an account: a route is named by its template.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Final, Literal, get_args

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.core import GaugeMetricFamily, Metric

from services.shared.bus.connection import Bus
from services.shared.highlighting.metrics import HighlightingMetrics
from services.shared.process.metrics import ReadAtScrape, labelled_gauge
from services.web.db.outbox import OutboxSize
from services.web.db.outbox_watch import OutboxWatch
from services.web.db.pool import Pool

ResultOutcome = Literal[
    "complete", "stopped", "failed", "title", "repeated", "parked", "unreadable"
]

METHODS: Final = frozenset({"GET", "HEAD", "POST"})
OTHER: Final = "other"
"""Methods that no route has, and requests that reached no route: unknown paths, refusals."""
SECONDS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


class WebMetrics:
    """The metrics of one web service, in a registry of its own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.highlighting = HighlightingMetrics(self.registry)
        self._requests = Counter(
            "natter_web_requests",
            "Requests answered, but for probes and scrapes.",
            ["method", "status"],
            registry=self.registry,
        )
        self._request_seconds = Histogram(
            "natter_web_request_seconds",
            "From a request's head to the first part of its answer: all of it, but for pages that"
            " stream.",
            ["route"],
            registry=self.registry,
            buckets=SECONDS,
        )
        self.in_flight = Gauge(
            "natter_web_requests_in_flight", "Requests being answered.", registry=self.registry
        )
        self.results = Counter(
            "natter_web_results",
            "Results of answers and titles by what came of them: recorded with this status; title;"
            " repeated (recorded before); parked (the database refuses it); unreadable.",
            ["outcome"],
            registry=self.registry,
        )
        # A counter must exist before its first event, or a rate misses that.
        for outcome in get_args(ResultOutcome):
            self.results.labels(outcome=outcome)

    def watch(self, sources: "WebSources") -> None:
        """Export the gauges of `sources` from now on; until then they are left out."""
        self.registry.register(ReadAtScrape(partial(_gauges, sources)))

    def count_request(self, method: str, status: int, route: str, seconds: float) -> None:
        """Count an answered request; `route` is a template or `OTHER`."""
        self._requests.labels(self.method(method), status).inc()
        self._request_seconds.labels(route).observe(seconds)

    @staticmethod
    def method(method: str) -> str:
        """Return the method's label: `OTHER` for one that no route has."""
        return method if method in METHODS else OTHER


@dataclass(frozen=True, slots=True)
class WebSources:
    """What the gauges are read from at each scrape; nothing here waits."""

    pool: Pool
    bus: Bus
    outbox: OutboxWatch


def _gauges(sources: WebSources) -> Iterator[Metric]:
    yield from _pool(sources.pool)
    yield from _outbox(sources.outbox.size)
    yield _gauge("bus_connected", "1 while connected to NATS.", sources.bus.client.is_connected)


def _pool(pool: Pool) -> Iterator[Metric]:
    idle = pool.get_idle_size()
    yield labelled_gauge(
        "natter_web_pool_connections",
        "Connections to PostgreSQL.",
        "state",
        {"idle": idle, "in_use": pool.get_size() - idle},
    )
    yield _gauge("pool_limit", "Most connections to PostgreSQL.", pool.get_max_size())


def _outbox(size: OutboxSize | None) -> Iterator[Metric]:
    """Yield the outbox's gauges; if the database is away, only that."""
    yield _gauge(
        "database_reachable", "1 where PostgreSQL answered when last asked.", size is not None
    )
    if size is None:
        return
    yield labelled_gauge(
        "natter_web_outbox_rows",
        "Publications in the outbox.",
        "state",
        {"waiting": size.waiting, "parked": size.parked},
    )
    yield _gauge(
        "outbox_age_seconds", "How long the oldest publication has waited.", size.age_seconds
    )


def _gauge(name: str, text: str, value: float) -> Metric:
    return GaugeMetricFamily(f"natter_web_{name}", text, value=value)
