"""The worker and its queue: many answers at once, each ended once, whatever ends a worker."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from starlette.applications import Starlette

from deploy.local.nats_server import NatsServer
from services.ai.app import create_app
from services.ai.jobs.parking import list_parked
from services.ai.lifespan import lifespan
from services.ai.metrics import AnswerMetrics
from services.shared.bus.connection import Bus
from services.shared.bus.subjects import AI_JOBS, AI_JOBS_CONSUMER, job_subject
from tests.support.answers import (
    normalized,
    publications,
    shown,
    submit,
    take_result,
    take_results,
    until_no_job_is_left,
)
from tests.support.endpoints import ModelServer, running_demo
from tests.support.http import http_client
from tests.support.rendered import plain
from tests.support.servers import serving
from tests.support.sockets import measured
from tests.support.stack import ai_settings
from tests.support.waiting import until


@asynccontextmanager
async def working(
    nats: NatsServer, endpoint: ModelServer, **changes: object
) -> AsyncIterator[None]:
    """Run a worker without its HTTP side, so that leaving it is cancelling it, at once."""
    settings = ai_settings(nats, endpoint.base_url, **changes)
    async with lifespan(settings, AnswerMetrics())(Starlette()):
        yield


async def until_active(demo: ModelServer, count: int) -> None:
    """Wait until the demo endpoint writes this many answers."""

    async def is_writing() -> bool:
        return (await demo.stats())["active"] == count

    await until(is_writing)


async def until_published(bus: Bus, count: int) -> None:
    """Wait until at least `count` Turbo Streams were published."""

    async def is_there() -> bool:
        return (await bus.jetstream.stream_info("TURBO_STREAM")).state.messages >= count

    await until(is_there)


async def test_thirty_jobs_are_answered_eight_at_a_time(
    nats_server: NatsServer, web_bus: Bus
) -> None:
    most = 0
    async with running_demo() as demo, working(nats_server, demo, max_answers=8):
        async with asyncio.TaskGroup() as tasks:
            for number in range(1, 31):
                await submit(web_bus, number, f"/slow 100 /echo {'word ' * 20}{number}")
            taken = tasks.create_task(take_results(web_bus, 30))
            while not taken.done():
                most = max(most, (await demo.stats())["active"])
        results = taken.result()
        await until_no_job_is_left(web_bus)

    assert 1 < most <= 8
    assert sorted(results) == list(range(1, 31))
    for number, result in results.items():
        assert (result.status, result.text) == ("complete", f"{'word ' * 20}{number}")


async def test_a_worker_whose_hands_are_full_leaves_the_other_jobs_in_the_queue(
    nats_server: NatsServer, web_bus: Bus
) -> None:
    async with running_demo() as demo, working(nats_server, demo, max_answers=8):
        for number in range(1, 13):
            await submit(web_bus, number, "/error stall")
        await until_active(demo, 8)
        queue = await web_bus.jetstream.consumer_info(AI_JOBS, AI_JOBS_CONSUMER)
        assert (queue.num_ack_pending, queue.num_pending) == (8, 4)
        assert (await demo.stats())["active"] == 8


async def test_many_answers_from_another_endpoint_are_all_whole(
    nats_server: NatsServer, web_bus: Bus, llmock: str
) -> None:
    server = ModelServer("llmock", llmock, "gpt-4o")
    async with working(nats_server, server, max_answers=8):
        for number in range(1, 31):
            await submit(web_bus, number, f"Question {number}")
        results = await take_results(web_bus, 30)
    for number, result in results.items():
        assert result.text == await server.answer_whole(f"Question {number}")
        page = await shown(web_bus, number)
        assert page.done == normalized(plain(result.text, id_prefix=f"message_{number}"))


async def test_a_worker_says_what_it_does(
    nats_server: NatsServer, web_bus: Bus, demo: ModelServer
) -> None:
    settings = ai_settings(nats_server, demo.base_url)
    async with serving(create_app(settings)) as address, http_client() as client:
        await submit(web_bus, 1, "Hello")
        await submit(web_bus, 2, "/error auth")
        await submit(web_bus, 3, "/error stall")
        await take_results(web_bus, 2)
        await until_active(demo, 1)

        assert await measured(address, "natter_ai_answers_in_work") == 1
        assert await measured(address, "natter_ai_answers_ended_total", error="none") == 1
        assert await measured(address, "natter_ai_answers_ended_total", error="auth") == 1
        assert (await client.get(f"http://{address}/live")).status_code == 200
        ready = await client.get(f"http://{address}/ready")
        assert ready.json() == {"bus": "ok", "worker": "ok"}


@pytest.mark.parametrize(
    "payload", [b"", b"{", b"null", b'{"version":2}', b"\xff\xfe", b'{"message_id":1}']
)
async def test_a_job_that_cannot_be_read_is_parked_and_its_answer_failed(
    nats_server: NatsServer, web_bus: Bus, demo: ModelServer, payload: bytes
) -> None:
    async with working(nats_server, demo):
        await web_bus.publish(job_subject(1), payload, "malformed")
        await submit(web_bus, 2, "/echo after it")
        results = await take_results(web_bus, 2)
        await until_no_job_is_left(web_bus)
    (parked,) = await list_parked(web_bus)

    assert (parked.subject, parked.payload) == (job_subject(1), payload)
    assert (results[1].status, results[1].error, results[1].run) == ("failed", "interrupted", 0)
    assert results[2].text == "after it"
    assert not [html for html in await publications(web_bus) if b"message_1" in html]


@pytest.mark.parametrize("answer_max_chars", [1000, 1001])
async def test_an_answer_is_cut_at_its_longest_and_the_model_stopped(
    nats_server: NatsServer, web_bus: Bus, answer_max_chars: int
) -> None:
    async with running_demo(tokens_per_second=2000) as demo:
        async with working(nats_server, demo, answer_max_chars=answer_max_chars):
            await submit(web_bus, 7, "a long answer")
            result = await take_result(web_bus)
            await until_active(demo, 0)
        stats = await demo.stats()
    page = await shown(web_bus, 7)

    assert (result.status, result.finish_reason, result.error) == ("complete", "length", None)
    assert len(result.text) == answer_max_chars
    assert page.done == normalized(plain(result.text, id_prefix="message_7"))
    assert (stats["disconnected"], stats["finished"]) == (1, 0)


async def test_a_worker_that_is_stopped_hands_its_job_to_the_next(
    nats_server: NatsServer, web_bus: Bus, demo: ModelServer
) -> None:
    async with running_demo(tokens_per_second=20) as slow:
        async with working(nats_server, slow):
            await submit(web_bus, 7, "a table")
            await until_published(web_bus, 5)
        await until_active(slow, 0)
        assert (await slow.stats())["disconnected"] == 1
    async with working(nats_server, demo):
        result = await take_result(web_bus)
        await until_no_job_is_left(web_bus)
    page = await shown(web_bus, 7)

    assert result.text == await demo.answer_whole("a table")
    assert page.statuses == ["streaming", "streaming", "complete"]
    assert page.done == normalized(plain(result.text, id_prefix="message_7"))


async def test_a_job_that_nobody_survives_is_given_up(
    nats_server: NatsServer, web_bus: Bus, demo: ModelServer
) -> None:
    await submit(web_bus, 7, "/error timeout")
    for delivery in range(1, 4):
        async with working(nats_server, demo, max_deliveries=3):
            await until_active(demo, 1)
        await until_active(demo, 0)
        assert (await demo.stats())["disconnected"] == delivery
    async with working(nats_server, demo, max_deliveries=3):
        result = await take_result(web_bus)
        await until_no_job_is_left(web_bus)
    page = await shown(web_bus, 7)

    assert (result.status, result.error) == ("failed", "interrupted")
    assert page.statuses[-1] == "failed"
    assert page.error is not None
    assert page.error.startswith("The answer was interrupted too often and was given up. ")
