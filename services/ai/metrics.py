"""The metrics of the ai service."""

from collections.abc import Iterator
from functools import partial
from typing import Final, get_args

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.core import GaugeMetricFamily, Metric

from services.ai.queue_watch import QueueWatch
from services.shared.bus.answer_errors import ErrorClass
from services.shared.bus.connection import Bus
from services.shared.highlighting.metrics import HighlightingMetrics
from services.shared.process.metrics import ReadAtScrape, labelled_gauge

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
        """Export the gauges of these from now on."""
        read = partial(_gauges, bus, queues, answers_limit)
        self.registry.register(ReadAtScrape(read))

    def _counter(self, name: str, text: str, *labels: str) -> Counter:
        return Counter(f"natter_ai_{name}", text, labels, registry=self.registry)

    def _histogram(self, name: str, text: str, buckets: tuple[float, ...]) -> Histogram:
        return Histogram(f"natter_ai_{name}", text, registry=self.registry, buckets=buckets)


def _gauges(bus: Bus, queues: QueueWatch, answers_limit: int) -> Iterator[Metric]:
    yield _gauge("bus_connected", "1 while connected to NATS.", bus.client.is_connected)
    yield _gauge("answers_limit", "Answers written at the same time at most.", answers_limit)
    if queues.size is not None:
        yield labelled_gauge(
            "natter_ai_jobs",
            "Jobs in the queues of all workers together: waiting, or in hand with one of them.",
            "state",
            {"waiting": queues.size.waiting, "in_hand": queues.size.in_hand},
        )


def _gauge(name: str, text: str, value: float) -> Metric:
    return GaugeMetricFamily(f"natter_ai_{name}", text, value=value)
