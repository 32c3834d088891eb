"""What the gateway counts."""

from prometheus_client import CollectorRegistry, Counter, Gauge


class GatewayMetrics:
    """The counters and gauges of one gateway, in a registry of its own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.sockets = Gauge("natter_realtime_sockets", "Open sockets.", registry=self.registry)
        self.groups = Gauge(
            "natter_realtime_groups", "Groups with a subscription.", registry=self.registry
        )
        self.refused_handshakes = Counter(
            "natter_realtime_refused_handshakes",
            "Sockets refused before the upgrade.",
            ["status"],
            registry=self.registry,
        )
        self.refused_publications = Counter(
            "natter_realtime_refused_publications",
            "Publications that are no turbo-stream elements and were not forwarded.",
            registry=self.registry,
        )
        self.deliveries = Counter(
            "natter_realtime_deliveries",
            "Publications handed to sockets, counted once a socket.",
            registry=self.registry,
        )
        self.slow_sockets = Counter(
            "natter_realtime_slow_sockets",
            "Sockets closed because they read too slowly.",
            registry=self.registry,
        )
