"""The gateway's metrics."""

from prometheus_client import generate_latest

from services.realtime.metrics import SAMPLED, GatewayGauges, GatewayMetrics, Traffic

READINGS = GatewayGauges(
    sockets=lambda: {"websocket": 3, "sse": 1},
    sockets_limit=50,
    users=lambda: 2,
    groups=lambda: 4,
    ring_publications=lambda: 5,
    ring_bytes=lambda: 99,
    bus_connected=lambda: True,
    draining=lambda: False,
)


def value(metrics: GatewayMetrics, name: str, **labels: str) -> float | None:
    return metrics.registry.get_sample_value(f"natter_realtime_{name}", labels)


def test_traffic_is_summed_once_a_write() -> None:
    metrics = GatewayMetrics()
    metrics.traffic.count_flush(2, 3, 100)
    metrics.traffic.count_flush(1, 0, 100)
    assert value(metrics, "publications_in_total") == 3
    assert value(metrics, "deliveries_total") == 6
    assert value(metrics, "bytes_sent_total") == 300


def test_one_write_in_so_many_is_timed() -> None:
    traffic = Traffic()
    assert sum(traffic.count_flush(1, 1, 1) for _ in range(10 * SAMPLED)) == 10


def test_what_is_open_is_known_by_transport() -> None:
    metrics = GatewayMetrics()
    metrics.count_opened("sse")
    metrics.count_opened("sse")
    metrics.count_closed("sse", 1006)
    assert metrics.open == {"websocket": 0, "sse": 1}
    assert value(metrics, "sockets_opened_total", transport="sse") == 2


def test_what_can_be_looked_up_is_looked_up_at_the_scrape() -> None:
    metrics = GatewayMetrics()
    assert value(metrics, "groups") is None
    metrics.watch(READINGS)
    assert value(metrics, "groups") == 4
    assert value(metrics, "sockets", transport="sse") == 1
    assert value(metrics, "bus_connected") == 1


def test_a_client_cannot_make_up_labels() -> None:
    metrics = GatewayMetrics()
    for code in (*range(3000, 5000), 4503):
        metrics.count_closed("websocket", code)
    lines = generate_latest(metrics.registry).decode().splitlines()
    closed = [line for line in lines if line.startswith("natter_realtime_sockets_closed_total{")]
    assert 'natter_realtime_sockets_closed_total{code="4503"} 2.0' in closed
    assert len(closed) < 12


def test_a_first_event_is_a_rise_from_nothing() -> None:
    metrics = GatewayMetrics()
    assert value(metrics, "gaps_total", cause="chain") == 0
    assert value(metrics, "resumes_total", source="refresh") == 0
    assert value(metrics, "sockets_opened_total", transport="sse") == 0
