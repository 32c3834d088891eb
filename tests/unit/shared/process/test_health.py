"""`/live`, `/ready` and `/metrics`."""

import asyncio

import httpx2
import pytest
from prometheus_client import CollectorRegistry, Counter
from starlette.applications import Starlette
from starlette.requests import Request

from services.shared.process import health
from services.shared.process.health import health_routes
from services.shared.process.metrics import metrics_route


async def passes(_request: Request[dict[str, object]]) -> None:
    return None


async def fails(_request: Request[dict[str, object]]) -> None:
    raise ConnectionError("secret detail")


async def hangs(_request: Request[dict[str, object]]) -> None:
    await asyncio.Event().wait()


def client(**checks: health.Check[dict[str, object]]) -> httpx2.AsyncClient:
    app = Starlette(routes=health_routes(checks))
    return httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://localhost")


async def test_a_service_whose_checks_pass_is_ready() -> None:
    async with client(one=passes, other=passes) as asking:
        answer = await asking.get("/ready")
    assert (answer.status_code, answer.json()) == (200, {"one": "ok", "other": "ok"})
    async with client() as asking:
        assert (await asking.get("/ready")).status_code == 200


async def test_one_check_that_fails_is_named_without_its_detail() -> None:
    async with client(one=passes, other=fails) as asking:
        answer = await asking.get("/ready")
        assert (await asking.get("/live")).json() == {"status": "live"}
    assert (answer.status_code, answer.json()) == (503, {"one": "ok", "other": "ConnectionError"})


async def test_a_check_that_hangs_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "CHECK_SECONDS", 0.01)
    async with client(one=hangs) as asking:
        answer = await asking.get("/ready")
    assert (answer.status_code, answer.json()) == (503, {"one": "TimeoutError"})


async def test_metrics_come_in_the_format_of_prometheus() -> None:
    registry = CollectorRegistry()
    Counter("natter_tests", "Tests.", registry=registry).inc(2)
    app = Starlette(routes=[metrics_route(registry, ["localhost"])])
    transport = httpx2.ASGITransport(app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://localhost") as asking:
        answer = await asking.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=")
    assert "natter_tests_total 2.0" in answer.text
