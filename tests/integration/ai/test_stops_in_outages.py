"""A stop that is said while the bus is away, or is coming back, is found afterwards."""

import asyncio
from functools import partial

import pytest
from structlog.testing import capture_logs

from services.ai.answers.stops import Stops
from services.shared.bus import stored_messages
from services.shared.bus.connection import open_bus
from services.shared.bus.stream_management import declare_streams
from services.shared.process.tasks import background
from tests.integration.ai.test_stops import TEXT, store_stop, until_longer
from tests.integration.ai.test_worker import until_active, working
from tests.integration.bus.test_bus import until_connected
from tests.support.answers import submit, take_result, until_no_job_is_left
from tests.support.endpoints import running_demo
from tests.support.outages import Outage
from tests.support.waiting import DEADLINE_SECONDS, until


async def test_a_stop_that_was_said_while_the_bus_was_away_is_found(outage: Outage) -> None:
    nats = outage.server
    async with open_bus(nats.url("web"), name="test-web") as bus:
        await declare_streams(bus.jetstream)
        async with running_demo() as demo, working(nats, demo):
            await submit(bus, 7, f"/slow 20 /echo {TEXT}")
            await until_longer(bus, 20)
            # Stored, but not heard.
            await store_stop(bus)
            outage.begin()
            await until_connected(bus, expected=False)
            outage.end()
            await until_connected(bus)
            result = await take_result(bus)
            await until_no_job_is_left(bus)
            await until_active(demo, 0)
    assert result.status == "stopped"
    assert 20 < len(result.text) < len(TEXT)
    assert TEXT.startswith(result.text)


async def test_what_could_not_be_looked_at_is_looked_at_again(
    outage: Outage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing says here that the bus has come back: it may be there before its streams are."""
    monkeypatch.setattr(stored_messages, "ANSWER_SECONDS", 0.2)
    stops = Stops()
    async with (
        open_bus(outage.server.url("web"), name="test-web") as bus,
        background(stops=partial(stops.keep_looking, bus)),
    ):
        await declare_streams(bus.jetstream)
        async with stops.watching(bus, 7, 1) as told:
            await store_stop(bus)
            outage.begin()
            await until_connected(bus, expected=False)
            with capture_logs() as logs:
                stops.doubt()

                async def has_failed() -> bool:
                    return any(entry["event"] == "stops_unread" for entry in logs)

                await until(has_failed)
            outage.end()
            async with asyncio.timeout(DEADLINE_SECONDS):
                await told.wait()
