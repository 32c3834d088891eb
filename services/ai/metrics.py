"""What the ai service counts, and what it looks up when Prometheus scrapes it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, get_args, override

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from services.ai.queue_watch import QueueSize, QueueWatch
from services.shared.bus.answer_errors import ErrorClass
from services.shared.bus.connection import Bus
from services.shared.highlighting.metrics import HighlightingMetrics

NO_ERROR: Final = "none"
# Models with reasoning may begin after minutes.
FIRST_TOKEN: Final = (0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0)
FLUSH: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class AnswerMetrics:
    """The metrics of one worker, in a registry of its own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.highlighting = HighlightingMetrics(self.registry)
        self.in_work = Gauge(
            "natter_ai_answers_in_work", "Answers being written.", registry=self.registry
        )
        self.draining = Gauge(
            "natter_ai_draining",
            "1 while the worker lets its answers end and begins none.",
            registry=self.registry,
        )
        self.ended = self._counter(
            "answers_ended", "Answers that ended, by error class or `none`.", "error"
        )
        self.handed_back = self._counter(
            "jobs_handed_back", "Jobs given back to the queue after a fault of ours."
        )
        self.fenced = self._counter(
            "jobs_lost_to_another",
            "Jobs that another worker took over while this one stood still.",
        )
        self.parked = self._counter("jobs_parked", "Jobs put aside that no worker can do.")
        self.first_token_seconds = self._histogram(
            "first_token_seconds",
            "From asking the endpoint to its first text or reasoning.",
            FIRST_TOKEN,
        )
        self.flush_seconds = self._histogram(
            "flush_seconds", "From gathered text to stored in the log and on the pages.", FLUSH
        )
        # A first event then shows as a rise from 0.
        for error in (NO_ERROR, *get_args(ErrorClass)):
            self.ended.labels(error=error)

    def watch(self, bus: Bus, queues: QueueWatch, *, answers_limit: int) -> None:
        """Report these too, from now on."""
        self.registry.register(_AtScrape(bus, queues, answers_limit))

    def _counter(self, name: str, text: str, *labels: str) -> Counter:
        return Counter(f"natter_ai_{name}", text, labels, registry=self.registry)

    def _histogram(self, name: str, text: str, buckets: tuple[float, ...]) -> Histogram:
        return Histogram(f"natter_ai_{name}", text, registry=self.registry, buckets=buckets)


@dataclass(frozen=True, slots=True, eq=False)
class _AtScrape(Collector):
    """Reads values at each scrape; it waits for nothing."""

    bus: Bus
    queues: QueueWatch
    answers_limit: int

    @override
    def collect(self) -> Iterator[Metric]:
        """Yield what Prometheus's client writes out."""
        yield _gauge("bus_connected", "1 while connected to NATS.", self.bus.client.is_connected)
        yield _gauge(
            "answers_limit", "Answers written at the same time at most.", self.answers_limit
        )
        if self.queues.size is not None:
            yield _jobs(self.queues.size)


def _jobs(size: QueueSize) -> Metric:
    jobs = GaugeMetricFamily(
        "natter_ai_jobs",
        "Jobs in the queues of all workers together: waiting, or in hand with one of them.",
        labels=["state"],
    )
    jobs.add_metric(["waiting"], size.waiting)
    jobs.add_metric(["in_hand"], size.in_hand)
    return jobs


def _gauge(name: str, text: str, value: float) -> Metric:
    return GaugeMetricFamily(f"natter_ai_{name}", text, value=value)
