"""The gateway's Prometheus metrics. No label holds a group, a user or a token.

The delivery path only adds to plain sums (`Traffic`), and observes `delivery_seconds` for one flush
in `SAMPLED`. Gauges are read when Prometheus scrapes.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final, Literal, get_args

from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from services.realtime import close_codes
from services.shared.process.metrics import ReadAtScrape, labelled_gauge

Transport = Literal["websocket", "sse"]
ResumeSource = Literal["ring", "stream", "refresh", "live"]
GapCause = Literal["chain", "head", "reconnection", "epoch"]

TRANSPORTS: Final[tuple[Transport, ...]] = get_args(Transport)
RESUME_SOURCES: Final[tuple[ResumeSource, ...]] = get_args(ResumeSource)
GAP_CAUSES: Final[tuple[GapCause, ...]] = get_args(GapCause)

PREFIX: Final = "natter_realtime_"
CLOSE_CODES: Final = frozenset({*range(1000, 1016), *close_codes.OWN})
BUCKETS: Final = (0.0005, 0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
SAMPLED: Final = 16
"""One flush in so many is timed."""


@dataclass(slots=True)
class Traffic:
    """Plain sums of what was sent: a Prometheus counter takes a lock for each addition."""

    publications: int = 0
    deliveries: int = 0
    bytes_sent: int = 0
    flushes: int = 0

    def count_flush(self, publications: int, sockets: int, size: int) -> bool:
        """Count a write of `size` bytes to each of `sockets`; return whether to time it."""
        self.publications += publications
        self.deliveries += publications * sockets
        self.bytes_sent += sockets * size
        self.flushes += 1
        return self.flushes % SAMPLED == 0


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayGauges:
    """Functions that return present values; each is cheap and runs on the event loop."""

    sockets: Callable[[], Mapping[str, int]]
    """Open sockets by transport."""
    sockets_limit: int
    users: Callable[[], int]
    groups: Callable[[], int]
    ring_publications: Callable[[], int]
    ring_bytes: Callable[[], int]
    bus_connected: Callable[[], bool]
    draining: Callable[[], bool]


class GatewayMetrics:
    """The metrics of one gateway, in a registry of its own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.traffic = Traffic()
        self.open: dict[str, int] = dict.fromkeys(TRANSPORTS, 0)
        """Open sockets by transport."""
        self._opened = self._counter("sockets_opened", "Sockets admitted.", "transport")
        self._closed = self._counter("sockets_closed", "Sockets ended, by close code.", "code")
        self.slow_sockets = self._counter(
            "slow_sockets", "Sockets closed because they read too slowly."
        )
        self.refused_handshakes = self._counter(
            "refused_handshakes", "Sockets refused before the upgrade.", "status"
        )
        self.refused_publications = self._counter(
            "refused_publications",
            "Publications that are no turbo-stream elements and were not forwarded.",
        )
        self._resumes = self._counter(
            "resumes", "Sockets that began, by where they were served from.", "source"
        )
        self.resumed_publications = self._counter(
            "resumed_publications", "Missed publications sent to sockets that came back."
        )
        self.gaps = self._counter("gaps", "Groups that had to catch up, by cause.", "cause")
        self.doubts = self._counter("doubts", "Times it was uncertain how far the stream had come.")
        self.delivery_seconds = self._histogram(
            "delivery_seconds", "From stored on the bus to written to sockets; a sample."
        )
        self.replay_seconds = self._histogram("replay_seconds", "Reads of the stream.")
        self.handshake_seconds = self._histogram("handshake_seconds", "From request to open.")
        self.ping_rtt_seconds = self._histogram("ping_rtt_seconds", "From ping to pong; a sample.")
        self.event_loop_lag_seconds = self._histogram(
            "event_loop_lag_seconds", "How late the event loop calls a timer."
        )
        # Made at the start, so that a first event shows as a rise from 0.
        self._opened_by = {name: self._opened.labels(transport=name) for name in TRANSPORTS}
        self._resumes_by = {name: self._resumes.labels(source=name) for name in RESUME_SOURCES}
        for cause in GAP_CAUSES:
            self.gaps.labels(cause=cause)
        self.registry.register(ReadAtScrape(partial(_sums, self.traffic)))

    def watch(self, gauges: GatewayGauges) -> None:
        """Read `gauges` at each scrape; without this call they are left out."""
        self.registry.register(ReadAtScrape(partial(_gauges, gauges)))

    def count_opened(self, transport: Transport) -> None:
        """Count an admitted socket; `count_closed` must follow."""
        self.open[transport] += 1
        self._opened_by[transport].inc()

    def count_closed(self, transport: Transport, code: int) -> None:
        """Count the end of a socket; codes that a client made up share the label "other"."""
        self.open[transport] -= 1
        self._closed.labels(code=code if code in CLOSE_CODES else "other").inc()

    def count_resumed(self, source: ResumeSource, publications: int, sockets: int = 1) -> None:
        """Count `sockets` that began from `source`, and the missed publications they were sent."""
        self._resumes_by[source].inc(sockets)
        if publications:
            self.resumed_publications.inc(publications)

    def _counter(self, name: str, text: str, *labels: str) -> Counter:
        return Counter(f"{PREFIX}{name}", text, labels, registry=self.registry)

    def _histogram(self, name: str, text: str) -> Histogram:
        return Histogram(f"{PREFIX}{name}", text, registry=self.registry, buckets=BUCKETS)


def _sums(sent: Traffic) -> Iterator[Metric]:
    yield _sum("publications_in", "Publications sent on to sockets.", sent.publications)
    yield _sum("deliveries", "Publications handed to sockets, once a socket.", sent.deliveries)
    yield _sum("bytes_sent", "Bytes of publications handed to sockets.", sent.bytes_sent)


def _gauges(gauges: GatewayGauges) -> Iterator[Metric]:
    yield labelled_gauge(f"{PREFIX}sockets", "Open sockets.", "transport", gauges.sockets())
    yield _gauge("sockets_limit", "Open sockets allowed in all.", gauges.sockets_limit)
    yield _gauge("users", "Users with an open socket.", gauges.users())
    yield _gauge("groups", "Groups with a subscription.", gauges.groups())
    yield _gauge("ring_publications", "Publications in memory.", gauges.ring_publications())
    yield _gauge("ring_bytes", "Bytes of the publications in memory.", gauges.ring_bytes())
    yield _gauge("bus_connected", "1 while connected to NATS.", gauges.bus_connected())
    yield _gauge("draining", "1 while sockets are sent away to stop.", gauges.draining())


def _gauge(name: str, text: str, value: float) -> Metric:
    return GaugeMetricFamily(f"{PREFIX}{name}", text, value=value)


def _sum(name: str, text: str, value: float) -> Metric:
    return CounterMetricFamily(f"{PREFIX}{name}", text, value=value)
