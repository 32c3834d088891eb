"""What of the metrics is summed or looked up, and told only when Prometheus comes."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, override

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

SAMPLED: Final = 16
"""The delay of one publication in so many is measured."""


@dataclass(slots=True)
class Traffic:
    """Plain sums of what went out, because a Prometheus counter takes a lock for each addition."""

    publications: int = 0
    deliveries: int = 0
    bytes_sent: int = 0

    fanned_out_times: int = 0

    def fanned_out(self, publications: int, sockets: int, size: int) -> bool:
        """Count a write of `size` bytes to each of `sockets`; true where its delay is wanted."""
        self.publications += publications
        self.deliveries += publications * sockets
        self.bytes_sent += sockets * size
        self.fanned_out_times += 1
        return self.fanned_out_times % SAMPLED == 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Readings:
    """Whom to ask for what can be looked up; each is cheap and is called from the event loop."""

    sockets: Callable[[], Mapping[str, int]]
    """Open sockets by transport."""
    sockets_limit: int
    users: Callable[[], int]
    groups: Callable[[], int]
    ring_publications: Callable[[], int]
    ring_bytes: Callable[[], int]
    bus_connected: Callable[[], bool]
    draining: Callable[[], bool]


@dataclass(slots=True, eq=False)
class Scrape(Collector):
    """Tells the sums of `traffic`, and the readings once there are some."""

    traffic: Traffic
    readings: Readings | None = None

    @override
    def collect(self) -> Iterator[Metric]:
        """Yield what Prometheus's client writes out at each scrape."""
        traffic = self.traffic
        yield _sum("publications_in", "Publications sent on to sockets.", traffic.publications)
        yield _sum(
            "deliveries", "Publications handed to sockets, once a socket.", traffic.deliveries
        )
        yield _sum("bytes_sent", "Bytes of publications handed to sockets.", traffic.bytes_sent)
        if self.readings is not None:
            yield from _gauges(self.readings)


def _gauges(readings: Readings) -> Iterator[Metric]:
    sockets = GaugeMetricFamily("natter_realtime_sockets", "Open sockets.", labels=["transport"])
    for transport, count in readings.sockets().items():
        sockets.add_metric([transport], count)
    yield sockets
    yield _gauge("sockets_limit", "Open sockets allowed in all.", readings.sockets_limit)
    yield _gauge("users", "Users with an open socket.", readings.users())
    yield _gauge("groups", "Groups with a subscription.", readings.groups())
    yield _gauge("ring_publications", "Publications in memory.", readings.ring_publications())
    yield _gauge("ring_bytes", "Bytes of the publications in memory.", readings.ring_bytes())
    yield _gauge("bus_connected", "1 while connected to NATS.", readings.bus_connected())
    yield _gauge("draining", "1 while sockets are sent away to stop.", readings.draining())


def _gauge(name: str, text: str, value: float) -> Metric:
    return GaugeMetricFamily(f"natter_realtime_{name}", text, value=value)


def _sum(name: str, text: str, value: float) -> Metric:
    return CounterMetricFamily(f"natter_realtime_{name}", text, value=value)
