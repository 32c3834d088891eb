"""An answer that is told to stop: at once, with what there is of it, and without asking again."""

from uuid import uuid4

import pytest

from deploy.local.nats_server import NatsServer
from services.shared.bus.answer_log import read_answer_log
from services.shared.bus.connection import Bus
from services.shared.bus.messages import Stop
from services.shared.bus.subjects import AI_RESULTS, AI_STOPS, stop_key_subject, stop_subject
from tests.integration.ai.test_worker import until_active, working
from tests.support.answers import (
    normalized,
    publications,
    shown,
    submit,
    take_result,
    until_no_job_is_left,
)
from tests.support.endpoints import ModelServer, running_demo
from tests.support.http import http_client
from tests.support.rendered import plain
from tests.support.scripted import (
    DONE,
    STOP,
    Reply,
    ScriptedEndpoint,
    chunk,
    refusal,
    running_script,
)
from tests.support.waiting import DEADLINE_SECONDS, until

TEXT = "one word more and " * 60


async def store_stop(bus: Bus, message_id: int = 7, *, run: int = 1) -> bytes:
    """Store a stop, as web does before it says it."""
    order = Stop(message_id=message_id, run=run).model_dump_json().encode()
    await bus.publish(stop_key_subject(message_id), order, uuid4().hex)
    return order


async def _tell(bus: Bus, message_id: int = 7, *, run: int = 1) -> None:
    order = await store_stop(bus, message_id, run=run)
    await bus.client.publish(stop_subject(message_id), order)
    await bus.client.flush(DEADLINE_SECONDS)


async def until_longer(bus: Bus, length: int) -> None:
    """Wait until more than `length` characters of message 7 are logged."""

    async def is_longer() -> bool:
        logged = await read_answer_log(bus, 7)
        return logged is not None and len(logged.text) > length

    await until(is_longer)


async def _results_waiting(bus: Bus) -> int:
    return (await bus.jetstream.stream_info(AI_RESULTS)).state.messages


async def test_a_stop_closes_the_request_and_keeps_the_text(
    nats_server: NatsServer, web_bus: Bus
) -> None:
    async with running_demo(tokens_per_second=100) as demo, working(nats_server, demo):
        await submit(web_bus, 7, f"/echo {TEXT}")
        await until_longer(web_bus, 50)
        await _tell(web_bus)
        result = await take_result(web_bus)
        await until_no_job_is_left(web_bus)
        await until_active(demo, 0)
        stats = await demo.stats()
        async with http_client() as client:
            closings = (await client.get(f"{demo.origin}/demo/closings")).json()
    page = await shown(web_bus, 7)

    assert (result.status, result.error, result.retry_at) == ("stopped", None, None)
    assert 50 < len(result.text) < len(TEXT)
    assert TEXT.startswith(result.text)
    assert (stats["started"], stats["disconnected"], len(closings)) == (1, 1, 1)
    assert (page.statuses, page.error) == (["streaming", "stopped"], None)
    assert page.done == normalized(plain(result.text, id_prefix="message_7"))
    assert "Stopped" in page.footer


async def test_two_stops_are_one(nats_server: NatsServer, web_bus: Bus) -> None:
    async with running_demo(tokens_per_second=100) as demo, working(nats_server, demo):
        await submit(web_bus, 7, f"/echo {TEXT}")
        await until_longer(web_bus, 20)
        await _tell(web_bus)
        await _tell(web_bus)
        result = await take_result(web_bus)
        await _tell(web_bus)
        await until_no_job_is_left(web_bus)
    assert result.status == "stopped"
    assert await _results_waiting(web_bus) == 0


async def test_a_job_that_was_stopped_in_the_queue_is_never_asked_for(
    nats_server: NatsServer, web_bus: Bus, demo: ModelServer
) -> None:
    await _tell(web_bus)
    await submit(web_bus, 7, "Hello", begun="What there was. ")
    async with working(nats_server, demo):
        result = await take_result(web_bus)
        await until_no_job_is_left(web_bus)
    page = await shown(web_bus, 7)

    assert (result.status, result.text) == ("stopped", "What there was. ")
    assert (await demo.stats())["started"] == 0
    assert page.statuses[-1] == "stopped"
    assert page.done == normalized(plain(result.text, id_prefix="message_7"))


async def test_a_stop_of_an_earlier_run_is_no_stop_of_this_one(
    nats_server: NatsServer, web_bus: Bus
) -> None:
    await _tell(web_bus, run=1)
    async with running_demo(tokens_per_second=300) as demo, working(nats_server, demo):
        await submit(web_bus, 7, f"/echo {TEXT}", run=2)
        await until_longer(web_bus, 20)
        await _tell(web_bus, run=1)
        result = await take_result(web_bus)
    assert (result.status, result.run, result.text) == ("complete", 2, TEXT)


async def test_a_stop_outlives_the_worker_that_was_to_obey_it(
    nats_server: NatsServer, web_bus: Bus
) -> None:
    async with running_demo(tokens_per_second=100) as demo:
        await submit(web_bus, 7, f"/echo {TEXT}")
        async with working(nats_server, demo):
            await until_longer(web_bus, 20)
        await store_stop(web_bus)
        async with working(nats_server, demo):
            result = await take_result(web_bus)
            await until_no_job_is_left(web_bus)
        started = (await demo.stats())["started"]
    page = await shown(web_bus, 7)

    assert (result.status, started) == ("stopped", 1)
    assert len(result.text) > 20
    assert TEXT.startswith(result.text)
    assert page.statuses == ["streaming", "streaming", "stopped"]
    assert page.done == normalized(plain(result.text, id_prefix="message_7"))


async def test_a_stop_before_the_first_word_leaves_nothing(
    nats_server: NatsServer, web_bus: Bus, demo: ModelServer
) -> None:
    async with working(nats_server, demo):
        await submit(web_bus, 7, "/error timeout")
        await until_active(demo, 1)
        await _tell(web_bus)
        result = await take_result(web_bus)
        await until_active(demo, 0)
    page = await shown(web_bus, 7)
    assert (result.status, result.text, result.error) == ("stopped", "", None)
    assert (page.done, page.statuses[-1]) == ("", "stopped")


async def test_a_stop_is_obeyed_while_the_endpoint_wants_to_be_left_alone(
    nats_server: NatsServer, web_bus: Bus
) -> None:
    busy = refusal(429, {"error": {"message": "Later."}}, retry_after="15")
    script = ScriptedEndpoint(busy, Reply((chunk("Too late."), STOP, DONE)))
    async with running_script(script) as base_url:
        server = ModelServer("demo", base_url.removesuffix("/v1"), "scripted")
        async with working(nats_server, server):
            await submit(web_bus, 7, "Hello")

            async def is_asked() -> bool:
                return bool(script.asked)

            await until(is_asked)
            await _tell(web_bus)
            result = await take_result(web_bus)
    assert (result.status, result.text, result.error) == ("stopped", "", None)
    assert len(script.asked) == 1


@pytest.mark.parametrize("payload", [b"", b"{", b"7", b'{"message_id":7}', b'{"version":9}'])
async def test_what_cannot_be_read_stops_nothing(
    nats_server: NatsServer, web_bus: Bus, payload: bytes
) -> None:
    await web_bus.publish(stop_key_subject(7), payload, "malformed")
    async with running_demo(tokens_per_second=300) as demo, working(nats_server, demo):
        await submit(web_bus, 7, f"/echo {TEXT}")
        await until_longer(web_bus, 20)
        await web_bus.client.publish(stop_subject(7), payload)
        await web_bus.client.publish(
            stop_subject(8), Stop(message_id=8, run=1).model_dump_json().encode()
        )
        result = await take_result(web_bus)
        assert (result.status, result.text) == ("complete", TEXT)
        await submit(web_bus, 9, f"/echo {TEXT}")
        await until_active(demo, 1)
        await _tell(web_bus, 9)
        assert (await take_result(web_bus)).status == "stopped"


async def test_a_stop_after_the_end_changes_nothing(
    nats_server: NatsServer, web_bus: Bus, demo: ModelServer
) -> None:
    async with working(nats_server, demo):
        await submit(web_bus, 7, "/echo All of it.")
        result = await take_result(web_bus)
        await until_no_job_is_left(web_bus)
        before = await publications(web_bus)
        await _tell(web_bus)
        await submit(web_bus, 8, "/echo The next.")
        following = await take_result(web_bus)
    assert (result.status, following.status) == ("complete", "complete")
    assert (await publications(web_bus))[: len(before)] == before
    assert (await shown(web_bus, 7)).statuses == ["streaming", "complete"]


async def test_only_the_newest_stop_of_a_message_is_kept(web_bus: Bus) -> None:
    for run in range(1, 5):
        await store_stop(web_bus, run=run)
    assert (await web_bus.jetstream.stream_info(AI_STOPS)).state.messages == 1
