"""What of the metrics is looked up when Prometheus comes: nothing here waits for anybody."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import override

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from services.ai.queue_watch import QueueSize, QueueWatch
from services.shared.bus.connection import Bus


@dataclass(frozen=True, slots=True)
class Readings:
    """Whom to ask."""

    bus: Bus
    queues: QueueWatch
    answers_limit: int


@dataclass(slots=True, eq=False)
class Scrape(Collector):
    """Tells the readings, once there are some."""

    readings: Readings | None = None

    @override
    def collect(self) -> Iterator[Metric]:
        """Yield what Prometheus's client writes out at each scrape."""
        readings = self.readings
        if readings is None:
            return
        is_connected = readings.bus.client.is_connected
        yield _gauge("bus_connected", "1 while connected to NATS.", is_connected)
        yield _gauge(
            "answers_limit", "Answers written at the same time at most.", readings.answers_limit
        )
        if readings.queues.size is not None:
            yield _jobs(readings.queues.size)


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
