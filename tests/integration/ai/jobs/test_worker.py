"""The worker and its queue: many answers at once, each ended once, however a worker ends."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from nats.aio.msg import Msg

from services.ai.jobs import job_in_hand
from services.ai.jobs.job_in_hand import JobInHand
from services.ai.jobs.parking import list_parked
from services.shared.bus.connection import open_bus
from services.shared.bus.stream_management import declare_streams
from services.shared.bus.streams import JOB_ACK_SECONDS
from services.shared.bus.subjects import (
    AI_JOBS,
    AI_JOBS_CONSUMER,
    AI_RESULTS,
    chat_group,
    job_subject,
)
from tests.integration.ai.workers import Workers, fresh, until_active, working
from tests.support.answers import (
    publications,
    shown,
    submit,
    take_result,
    take_results,
    until_no_job_is_left,
)
from tests.support.endpoints import ModelServer, running_demo
from tests.support.lagging_stream import server_without_jetstream
from tests.support.outages import Outage
from tests.support.waiting import DEADLINE_SECONDS, passed

UNREADABLE = (b"", b"{", b"null", b'{"version":2}', b"\xff\xfe", b'{"message_id":1}')
# No two lines are alike: a text that repeats its beginning is taken for an endpoint's echo.
LONG = "".join(f"{number} words more and\n\n" for number in range(40))
TEXTS = {1: LONG, 2: "A word.", 3: "- a list\n- of *some*\n- items\n" * 5}
MANY = 1000


async def test_answers_are_written_many_at_a_time_but_no_more_than_the_limit(
    workers: Workers,
) -> None:
    most = 0
    async with running_demo() as demo, workers.working(demo, max_answers=4):
        async with asyncio.TaskGroup() as tasks:
            for number in range(1, 13):
                await submit(workers.bus, number, f"/slow 20 /echo {'word ' * 10}{number}")
            taken = tasks.create_task(take_results(workers.bus, 12))
            while not taken.done():
                most = max(most, (await demo.stats())["active"])
                await passed(0.02)
        results = taken.result()
        await until_no_job_is_left(workers.bus)

    assert 1 < most <= 4
    for number in range(1, 13):
        result = results[number]
        assert (result.status, result.text) == ("complete", f"{'word ' * 10}{number}")


async def test_a_full_worker_leaves_the_other_jobs_in_the_queue(
    workers: Workers, demo: ModelServer
) -> None:
    async with workers.working(demo, max_answers=8):
        for number in range(1, 13):
            await submit(workers.bus, number, "/error stall")
        await until_active(demo, 8)
        queue = await workers.bus.jetstream.consumer_info(AI_JOBS, AI_JOBS_CONSUMER)
        assert (queue.num_ack_pending, queue.num_pending) == (8, 4)
        assert (await demo.stats())["active"] == 8


async def test_a_job_that_cannot_be_parsed_is_parked_and_its_answer_fails(
    workers: Workers, demo: ModelServer
) -> None:
    async with workers.working(demo):
        for number, payload in enumerate(UNREADABLE, start=1):
            await workers.bus.publish(job_subject(number), payload, f"malformed-{number}")
        await submit(workers.bus, 99, "/echo after them", group=chat_group(2))
        results = await take_results(workers.bus, len(UNREADABLE) + 1)
        await until_no_job_is_left(workers.bus)

    parked = {job.subject: job.payload for job in await list_parked(workers.bus)}
    assert parked == {job_subject(n): payload for n, payload in enumerate(UNREADABLE, start=1)}
    assert results.pop(99).text == "after them"
    for result in results.values():
        assert (result.status, result.error, result.run) == ("failed", "interrupted", 0)
    assert await publications(workers.bus) == []


async def test_workers_that_are_cancelled_at_any_moment_lose_nothing(workers: Workers) -> None:
    moments = random.Random(0)  # noqa: S311 - to be the same in every run
    async with running_demo(tokens_per_second=150) as demo:
        for number, text in TEXTS.items():
            await submit(workers.bus, number, f"/echo {text}")
        for _ in range(16):
            async with workers.working(demo, max_deliveries=MANY, flush_ms=5):
                await passed(moments.uniform(0.0, 0.3))
        async with workers.working(demo, max_deliveries=MANY):
            results = await take_results(workers.bus, len(TEXTS))
            await until_no_job_is_left(workers.bus)
    for number, text in TEXTS.items():
        result, page = results[number], await shown(workers.bus, number)
        assert (result.status, result.text, result.restarted) == ("complete", text, False)
        assert (page.statuses[-1], page.document.doubled) == ("complete", set())
        assert page.done == fresh(text, number)
    assert (await workers.bus.jetstream.stream_info(AI_RESULTS)).state.messages == 0


async def test_a_job_that_takes_longer_than_the_ack_wait_stays_with_its_worker(
    workers: Workers, demo: ModelServer
) -> None:
    async with workers.working(demo):
        await submit(workers.bus, 7, "/error stall")
        await until_active(demo, 1)
        await passed(2 * JOB_ACK_SECONDS + 3 * job_in_hand.PROGRESS_SECONDS)
        queue = await workers.bus.jetstream.consumer_info(AI_JOBS, AI_JOBS_CONSUMER)
    # Without a report it would be the third; a machine that stood still may have missed one.
    assert queue.delivered.consumer_seq < 3


@asynccontextmanager
async def delivered() -> AsyncIterator[tuple[JobInHand, asyncio.Queue[Msg]]]:
    """Give a job whose queue never answers, and the messages that the queue gets about it."""
    told: asyncio.Queue[Msg] = asyncio.Queue()
    deliveries: asyncio.Queue[Msg] = asyncio.Queue()
    with server_without_jetstream() as url:
        async with open_bus(url, name="test") as bus:
            await bus.client.subscribe("queue", cb=told.put)
            await bus.client.subscribe("worker", cb=deliveries.put)
            await bus.client.publish("worker", b"", reply="queue")
            async with asyncio.timeout(DEADLINE_SECONDS):
                yield JobInHand(await deliveries.get()), told


async def test_progress_is_reported_for_as_long_as_a_job_is_in_hand(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(job_in_hand, "PROGRESS_SECONDS", 0.01)
    async with delivered() as (job, told), job.kept_alive():
        assert [(await told.get()).data for _ in range(3)] == [Msg.Ack.Progress] * 3


async def test_a_job_whose_ack_nobody_confirms_has_ended_all_the_same() -> None:
    async with delivered() as (job, told):
        await job.end()
        # An ack is an empty message.
        assert [(await told.get()).data for _ in range(2)] == [b"", b""]


async def test_an_outage_longer_than_the_ack_wait_has_nothing_written_twice(outage: Outage) -> None:
    text = "one word more and " * 60
    async with open_bus(outage.server.url("web"), name="test-web") as bus:
        await declare_streams(bus.jetstream)
        async with running_demo() as demo, working(outage.server, demo):
            await submit(bus, 7, f"/slow 40 /echo {text}")
            await until_active(demo, 1)
            outage.begin()
            await passed(JOB_ACK_SECONDS + 2 * job_in_hand.PROGRESS_SECONDS)
            outage.end()
            result = await take_result(bus)
            await until_no_job_is_left(bus)
            assert (await demo.stats())["started"] == 1
        assert result.text == text
        assert (await shown(bus, 7)).done == fresh(text)
