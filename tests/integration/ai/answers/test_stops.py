"""An answer that is stopped: at once, with the text so far, and without asking again."""

import asyncio
from contextlib import AsyncExitStack
from dataclasses import replace
from functools import partial
from uuid import uuid4

from structlog.testing import capture_logs

from services.ai.answers.stops import Stops
from services.shared.bus.connection import Bus, open_bus
from services.shared.bus.messages import Stop
from services.shared.bus.stream_management import declare_streams
from services.shared.bus.subjects import AI_RESULTS, AI_STOPS, stop_key_subject, stop_subject
from services.shared.process.tasks import background
from tests.integration.ai.workers import Workers, fresh, until_active, until_longer, working
from tests.integration.bus.test_bus import until_connected
from tests.support.answers import publications, shown, submit, take_result, until_no_job_is_left
from tests.support.endpoints import ModelServer, running_demo
from tests.support.http import http_client
from tests.support.nats import until_read
from tests.support.outages import Outage
from tests.support.scripted import DONE, STOP, Reply, ScriptedEndpoint, chunk, refusal
from tests.support.waiting import DEADLINE_SECONDS, until

TEXT = "one word more and " * 60


async def store_stop(bus: Bus, message_id: int = 7, *, run: int = 1) -> bytes:
    """Store a stop, as web does before it publishes it."""
    order = Stop(message_id=message_id, run=run).model_dump_json().encode()
    await bus.publish(stop_key_subject(message_id), order, uuid4().hex)
    return order


async def _tell(bus: Bus, message_id: int = 7, *, run: int = 1) -> None:
    order = await store_stop(bus, message_id, run=run)
    await bus.client.publish(stop_subject(message_id), order)
    await bus.client.flush(DEADLINE_SECONDS)


async def _results_waiting(bus: Bus) -> int:
    return (await bus.jetstream.stream_info(AI_RESULTS)).state.messages


async def test_a_stop_closes_the_request_and_keeps_the_text(workers: Workers) -> None:
    async with running_demo(tokens_per_second=20) as demo, workers.working(demo):
        await submit(workers.bus, 7, f"/echo {TEXT}")
        await until_longer(workers.bus, 50)
        await _tell(workers.bus)
        await _tell(workers.bus)
        result, page = await workers.ended()
        await _tell(workers.bus)
        await until_no_job_is_left(workers.bus)
        await until_active(demo, 0)
        stats = await demo.stats()
        async with http_client() as client:
            closings = (await client.get(f"{demo.origin}/demo/closings")).json()

    assert (result.status, result.error, result.retry_at) == ("stopped", None, None)
    assert 50 < len(result.text) < len(TEXT)
    assert TEXT.startswith(result.text)
    assert (stats["started"], stats["disconnected"], len(closings)) == (1, 1, 1)
    assert (page.statuses, page.error) == (["streaming", "stopped"], None)
    assert page.done == fresh(result.text)
    assert "Stopped" in page.footer
    assert await _results_waiting(workers.bus) == 0


async def test_a_job_that_was_stopped_in_the_queue_is_never_asked(
    workers: Workers, demo: ModelServer
) -> None:
    await _tell(workers.bus)
    await submit(workers.bus, 7, "Hello", begun="What there was. ")
    async with workers.working(demo):
        result, page = await workers.ended()

    assert (result.status, result.text) == ("stopped", "What there was. ")
    assert (await demo.stats())["started"] == 0
    assert page.statuses[-1] == "stopped"
    assert page.done == fresh(result.text)


async def test_an_answer_that_was_stopped_is_stopped_even_where_nobody_could_write_it(
    workers: Workers, demo: ModelServer
) -> None:
    await _tell(workers.bus)
    await submit(workers.bus, 7, "Hello", connection="gone")
    async with workers.working(demo):
        result, _ = await workers.ended()
    assert (result.status, result.error) == ("stopped", None)


async def test_a_stop_of_an_earlier_run_is_no_stop_of_this_one(workers: Workers) -> None:
    await _tell(workers.bus, run=1)
    async with running_demo(tokens_per_second=300) as demo, workers.working(demo):
        await submit(workers.bus, 7, f"/echo {TEXT}", run=2)
        await until_longer(workers.bus, 20)
        await _tell(workers.bus, run=1)
        result = await take_result(workers.bus)
    assert (result.status, result.run, result.text) == ("complete", 2, TEXT)


async def test_a_stop_of_a_later_run_stops_this_one_as_well(
    workers: Workers, demo: ModelServer
) -> None:
    """Of the stops of a message only the newest is stored."""
    await _tell(workers.bus, run=2)
    await submit(workers.bus, 7, "Hello")
    async with workers.working(demo):
        result, _ = await workers.ended()
    assert (result.status, result.run) == ("stopped", 1)
    assert (await demo.stats())["started"] == 0


async def test_an_earlier_run_that_ends_late_leaves_the_next_one_its_stop(
    web_bus: Bus, ai_bus: Bus
) -> None:
    stops = Stops()
    async with stops.listening(ai_bus), AsyncExitStack() as earlier:
        await earlier.enter_async_context(stops.watching(ai_bus, 7, 1))
        async with stops.watching(ai_bus, 7, 2) as told:
            await earlier.aclose()
            await until_read(ai_bus.client)
            await _tell(web_bus, run=2)
            async with asyncio.timeout(DEADLINE_SECONDS):
                await told.wait()


async def test_a_stop_outlives_its_worker(workers: Workers) -> None:
    async with running_demo(tokens_per_second=20) as demo:
        await submit(workers.bus, 7, f"/echo {TEXT}")
        async with workers.working(demo):
            await until_longer(workers.bus, 20)
        await store_stop(workers.bus)
        async with workers.working(demo):
            result, page = await workers.ended()
        started = (await demo.stats())["started"]

    assert (result.status, started) == ("stopped", 1)
    assert len(result.text) > 20
    assert TEXT.startswith(result.text)
    assert page.statuses == ["streaming", "streaming", "stopped"]
    assert page.done == fresh(result.text)


async def test_a_stop_before_the_first_word_leaves_nothing(
    workers: Workers, demo: ModelServer
) -> None:
    async with workers.working(demo):
        await submit(workers.bus, 7, "/error timeout")
        await until_active(demo, 1)
        await _tell(workers.bus)
        result, page = await workers.ended()
        await until_active(demo, 0)
    assert (result.status, result.text, result.error) == ("stopped", "", None)
    assert (page.done, page.statuses[-1]) == ("", "stopped")


async def test_a_stop_ends_a_wait_before_the_next_try(workers: Workers) -> None:
    busy = refusal(429, {"error": {"message": "Later."}}, retry_after="15")
    script = ScriptedEndpoint(busy, Reply((chunk("Too late."), STOP, DONE)))
    async with workers.following(script):
        await submit(workers.bus, 7, "Hello")

        async def is_asked() -> bool:
            return bool(script.asked)

        await until(is_asked)
        await _tell(workers.bus)
        result = await take_result(workers.bus)
    assert (result.status, result.text, result.error) == ("stopped", "", None)
    assert len(script.asked) == 1


async def test_a_stop_that_cannot_be_parsed_stops_nothing(workers: Workers) -> None:
    payloads = (b"", b"{", b"7", b'{"message_id":7}', b'{"version":9}')
    await workers.bus.publish(stop_key_subject(7), payloads[1], "malformed")
    async with running_demo(tokens_per_second=300) as demo, workers.working(demo):
        await submit(workers.bus, 7, f"/echo {TEXT}")
        await until_longer(workers.bus, 20)
        for payload in payloads:
            await workers.bus.client.publish(stop_subject(7), payload)
        other = Stop(message_id=8, run=1).model_dump_json().encode()
        await workers.bus.client.publish(stop_subject(8), other)
        result = await take_result(workers.bus)
        assert (result.status, result.text) == ("complete", TEXT)
        await submit(workers.bus, 9, f"/slow 20 /echo {TEXT}")
        await until_active(demo, 1)
        await _tell(workers.bus, 9)
        assert (await take_result(workers.bus)).status == "stopped"


async def test_a_stop_after_the_end_changes_nothing(workers: Workers, demo: ModelServer) -> None:
    async with workers.working(demo):
        result, _ = await workers.answered("/echo All of it.")
        before = await publications(workers.bus)
        await _tell(workers.bus)
        following, _page = await workers.answered("/echo The next.", message_id=8)
    assert (result.status, following.status) == ("complete", "complete")
    assert (await publications(workers.bus))[: len(before)] == before
    assert (await shown(workers.bus, 7)).statuses == ["streaming", "complete"]


async def test_only_the_newest_stop_of_a_message_is_kept(web_bus: Bus) -> None:
    for run in range(1, 5):
        await store_stop(web_bus, run=run)
    assert (await web_bus.jetstream.stream_info(AI_STOPS)).state.messages == 1


async def test_a_stop_from_an_outage_is_found(outage: Outage) -> None:
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


async def test_a_stop_that_could_not_be_read_is_read_again(outage: Outage) -> None:
    """No event announces the bus: it may be there before its streams are."""
    stops = Stops()
    async with open_bus(outage.server.url("web"), name="test-web") as bus:
        await declare_streams(bus.jetstream)
        hasty = replace(bus, jetstream=bus.client.jetstream(timeout=0.2))
        async with (
            background(stops=partial(stops.reread_after_gaps, hasty)),
            stops.watching(bus, 7, 1) as told,
        ):
            await store_stop(bus)
            outage.begin()
            await until_connected(bus, expected=False)
            with capture_logs() as logs:
                stops.on_gap()

                async def has_failed() -> bool:
                    return any(entry["event"] == "stops_unread" for entry in logs)

                await until(has_failed)
            outage.end()
            async with asyncio.timeout(DEADLINE_SECONDS):
                await told.wait()
