"""What the gateway counts, and where from.

Set by its owner at the time of the event (none of them is on the way of a publication to sockets):

| attribute | set by |
|---|---|
| `count_opened(transport)`, `handshake_seconds` | `socket`, `sse`: admitted; its time |
| `refused_handshakes.labels(status=…)` | `socket`, `sse`: refused before the upgrade |
| `count_closed(transport, code)` | `lifespan`, `sse`: one has ended, with this close code |
| `slow_sockets` | `listener`: closed because it read too slowly |
| `refused_publications` | `archive`: no turbo-stream elements, not forwarded |
| `count_resumed(source, publications)` | `reception`, `room`: served from there |
| `replay_seconds` | `resume`: one read of the stream, asked to answered |
| `gaps.labels(cause=…)` | `room`, `head_check`, `lifespan`: a group that had to catch up |
| `doubts` | `lifespan`: the bus went away, or came back |
| `ping_rtt_seconds`, `event_loop_lag_seconds` | `heartbeat`: some pongs; each tick |

On the way of a publication there is `traffic.fanned_out(…)`, once a publication, and for one in
`readings.SAMPLED` of them (it returns true) `delivery_seconds.observe(…)`. Everything that can be
asked for is asked for when Prometheus comes: `watch(Readings(…))` says whom.

No label ever holds a group, a user or a token.
"""

from typing import Final, Literal, get_args

from prometheus_client import CollectorRegistry, Counter, Histogram

from services.realtime.readings import Readings, Scrape, Traffic

Transport = Literal["websocket", "sse"]
ResumeSource = Literal["ring", "stream", "refresh", "live"]
GapCause = Literal["chain", "head", "reconnection", "epoch"]

TRANSPORTS: Final[tuple[Transport, ...]] = get_args(Transport)
RESUME_SOURCES: Final[tuple[ResumeSource, ...]] = get_args(ResumeSource)
GAP_CAUSES: Final[tuple[GapCause, ...]] = get_args(GapCause)

CLOSE_CODES: Final = frozenset({*range(1000, 1016), 4000, 4005, 4008, 4011, 4012, 4013, 4503})
FAST: Final = (0.0005, 0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)


class GatewayMetrics:
    """The metrics of one gateway, in a registry of its own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.traffic = Traffic()
        self._scrape = Scrape(self.traffic)
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
        # Looked up once, which also lets a first event show as a rise from nothing.
        self._opened_by = {name: self._opened.labels(transport=name) for name in TRANSPORTS}
        self._resumes_by = {name: self._resumes.labels(source=name) for name in RESUME_SOURCES}
        for cause in GAP_CAUSES:
            self.gaps.labels(cause=cause)
        self.registry.register(self._scrape)

    def watch(self, readings: Readings) -> None:
        """Ask these from now on; until then what they would tell is left out."""
        self._scrape.readings = readings

    def count_opened(self, transport: Transport) -> None:
        """Count a socket that was admitted; `count_closed` must follow."""
        self.open[transport] += 1
        self._opened_by[transport].inc()

    def count_closed(self, transport: Transport, code: int) -> None:
        """Count the end of a socket; codes that only a client can have made up share a label."""
        self.open[transport] -= 1
        self._closed.labels(code=code if code in CLOSE_CODES else "other").inc()

    def count_resumed(self, source: ResumeSource, publications: int, sockets: int = 1) -> None:
        """Count sockets that were served from `source`, and how many publications they got."""
        self._resumes_by[source].inc(sockets)
        if publications:
            self.resumed_publications.inc(publications)

    def _counter(self, name: str, text: str, *labels: str) -> Counter:
        return Counter(f"natter_realtime_{name}", text, labels, registry=self.registry)

    def _histogram(self, name: str, text: str) -> Histogram:
        return Histogram(f"natter_realtime_{name}", text, registry=self.registry, buckets=FAST)
