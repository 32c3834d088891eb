"""What the web service counts.

No label ever holds a path, a chat or an account: a route is named by its template.
"""

from typing import Final, Literal, get_args

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from services.shared.highlighting.metrics import HighlightingMetrics
from services.web.readings import Readings, Scrape

ResultOutcome = Literal[
    "complete", "stopped", "failed", "title", "repeated", "parked", "unreadable"
]

METHODS: Final = frozenset({"GET", "HEAD", "POST"})
OTHER: Final = "other"
"""A method that no route has, and whatever came to no route: unknown paths, refusals before it."""
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
            "From a request's head to the end of its answer.",
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
        # So a first event shows as a rise from nothing.
        for outcome in get_args(ResultOutcome):
            self.results.labels(outcome=outcome)
        self._scrape = Scrape()
        self.registry.register(self._scrape)

    def watch(self, readings: Readings) -> None:
        """Ask these from now on; until then what they would tell is left out."""
        self._scrape.readings = readings

    def count_request(self, method: str, status: int, route: str, seconds: float) -> None:
        """Count a request that was answered; `route` is a template or `OTHER`."""
        self._requests.labels(self.method(method), status).inc()
        self._request_seconds.labels(route).observe(seconds)

    @staticmethod
    def method(method: str) -> str:
        """Return a method that routes have; `OTHER` for what a stranger made up."""
        return method if method in METHODS else OTHER
