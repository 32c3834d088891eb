"""What of the metrics is looked up when Prometheus comes: nothing here waits for anybody."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import override

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from services.shared.bus.connection import Bus
from services.web.db.outbox import OutboxSize
from services.web.db.pool import Pool
from services.web.outbox_watch import OutboxWatch


@dataclass(frozen=True, slots=True)
class Readings:
    """Whom to ask."""

    pool: Pool
    bus: Bus
    outbox: OutboxWatch


@dataclass(slots=True, eq=False)
class Scrape(Collector):
    """Tells the readings, once there are some."""

    readings: Readings | None = None

    @override
    def collect(self) -> Iterator[Metric]:
        """Yield what Prometheus's client writes out at each scrape."""
        if self.readings is None:
            return
        yield from _pool(self.readings.pool)
        yield from _outbox(self.readings.outbox.size)
        is_connected = self.readings.bus.client.is_connected
        yield _gauge("bus_connected", "1 while connected to NATS.", is_connected)


def _pool(pool: Pool) -> Iterator[Metric]:
    connections = GaugeMetricFamily(
        "natter_web_pool_connections", "Connections to PostgreSQL.", labels=["state"]
    )
    idle = pool.get_idle_size()
    connections.add_metric(["idle"], idle)
    connections.add_metric(["in_use"], pool.get_size() - idle)
    yield connections
    yield _gauge("pool_limit", "Most connections to PostgreSQL.", pool.get_max_size())


def _outbox(size: OutboxSize | None) -> Iterator[Metric]:
    """Tell what was measured; of a database that is away only that it is."""
    yield _gauge(
        "database_reachable", "1 where PostgreSQL answered when last asked.", size is not None
    )
    if size is None:
        return
    rows = GaugeMetricFamily(
        "natter_web_outbox_rows", "Publications in the outbox.", labels=["state"]
    )
    rows.add_metric(["waiting"], size.waiting)
    rows.add_metric(["parked"], size.parked)
    yield rows
    yield _gauge(
        "outbox_age_seconds", "How long the oldest publication has waited.", size.age_seconds
    )


def _gauge(name: str, text: str, value: float) -> Metric:
    return GaugeMetricFamily(f"natter_web_{name}", text, value=value)
