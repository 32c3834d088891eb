"""The metrics and the health of the ai service."""

import pytest

from deploy.local.nats_server import NatsServer
from services.ai import queue_watch
from services.ai.app import create_app
from services.shared.bus.connection import Bus, open_bus
from services.shared.bus.stream_management import declare_streams
from services.shared.bus.subjects import job_subject
from tests.support.answers import submit, take_results
from tests.support.endpoints import ModelServer
from tests.support.http import http_client
from tests.support.outages import Outage
from tests.support.servers import serving
from tests.support.sockets import measured, until_measured
from tests.support.stack import ai_settings
from tests.support.waiting import until


@pytest.fixture(autouse=True)
def _look_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queue_watch, "MEASURE_SECONDS", 0.02)


async def test_metrics_and_health_show_the_work(
    nats_server: NatsServer, web_bus: Bus, demo: ModelServer
) -> None:
    settings = ai_settings(nats_server, demo.base_url, max_answers=2)
    async with serving(create_app(settings)) as address, http_client() as client:
        await until_measured(address, "natter_ai_answers_limit", 2)
        await submit(web_bus, 1, "Hello")
        await submit(web_bus, 2, "/error auth")
        await web_bus.publish(job_subject(3), b"{", "malformed")
        await take_results(web_bus, 3)
        assert await measured(address, "natter_ai_first_token_seconds_count") == 1
        assert await measured(address, "natter_ai_flush_seconds_count") >= 1
        assert await measured(address, "natter_ai_answers_ended_total", error="none") == 1
        assert await measured(address, "natter_ai_answers_ended_total", error="auth") == 1
        await until_measured(address, "natter_ai_jobs_parked_total", 1)

        for number in range(4, 9):
            await submit(web_bus, number, "/error stall")

        async def are_counted() -> bool:
            waiting = await measured(address, "natter_ai_jobs", state="waiting")
            in_hand = await measured(address, "natter_ai_jobs", state="in_hand")
            return (waiting, in_hand) == (3, 2)

        await until(are_counted)
        assert await measured(address, "natter_ai_answers_in_work") == 2
        assert (await client.get(f"http://{address}/live")).status_code == 200
        ready = await client.get(f"http://{address}/ready")
        assert ready.json() == {"bus": "ok", "worker": "ok"}


async def test_a_scrape_shows_that_the_bus_is_away(outage: Outage, demo: ModelServer) -> None:
    async with open_bus(outage.server.url("web"), name="test") as bus:
        await declare_streams(bus.jetstream)
    async with serving(create_app(ai_settings(outage.server, demo.base_url))) as address:
        await until_measured(address, "natter_ai_bus_connected", 1)
        outage.begin()
        await until_measured(address, "natter_ai_bus_connected", 0)
        outage.end()
        await until_measured(address, "natter_ai_bus_connected", 1)
