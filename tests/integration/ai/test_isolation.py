"""Jobs that were on workers that died: nobody knows which of them it was, so they go alone."""

from uuid import uuid4

import pytest

from deploy.local.nats_server import NatsServer
from services.ai.jobs.parking import list_parked, retry
from services.shared.bus.connection import Bus
from services.shared.bus.messages import TitleJob, Turn
from services.shared.bus.stream_management import declare_streams
from services.shared.bus.subjects import (
    AI_JOBS,
    AI_SUSPECTS,
    AI_SUSPECTS_CONSUMER,
    job_subject,
    suspect_subject,
    title_job_subject,
)
from tests.integration.ai.test_worker import until_active, working
from tests.support.answers import (
    normalized,
    shown,
    submit,
    take_result,
    take_results,
    until_no_job_is_left,
)
from tests.support.endpoints import ModelServer, running_demo
from tests.support.rendered import plain
from tests.support.waiting import until

TEXT = "".join(f"{number} words more, and\n\n" for number in range(40))
STALLED = (1, 2, 3)
BESIDE_OTHERS = 2
"""Deliveries that a job has before, of the five that the settings allow."""


async def until_in_isolation(bus: Bus, in_work: int, waiting: int) -> None:
    """Wait until so many isolated jobs are being done, and so many wait for their turn."""

    async def are_there() -> bool:
        queue = await bus.jetstream.consumer_info(AI_SUSPECTS, AI_SUSPECTS_CONSUMER)
        return (queue.num_ack_pending, queue.num_pending) == (in_work, waiting)

    await until(are_there)


async def interrupted(nats: NatsServer, demo: ModelServer, active: int, times: int) -> None:
    """Let so many workers begin, and leave before anything has ended."""
    for _ in range(times):
        async with working(nats, demo):
            await until_active(demo, active)
        await until_active(demo, 0)


async def test_they_are_done_one_at_a_time_beside_new_ones(
    nats_server: NatsServer, web_bus: Bus, demo: ModelServer
) -> None:
    for number in STALLED:
        await submit(web_bus, number, "/error timeout")
    await interrupted(nats_server, demo, len(STALLED), BESIDE_OTHERS)
    async with working(nats_server, demo):
        await until_in_isolation(web_bus, 1, 2)
        await until_active(demo, 1)
        await submit(web_bus, 4, "/echo A new one.")
        assert (await take_result(web_bus)).text == "A new one."
        await until_in_isolation(web_bus, 1, 2)
        assert (await demo.stats())["active"] == 1


async def test_a_queue_that_was_made_anew_has_jobs_of_the_same_number(
    nats_server: NatsServer, web_bus: Bus, demo: ModelServer
) -> None:
    for message in (1, 2):
        await submit(web_bus, message, "/error timeout")
        await interrupted(nats_server, demo, 1, BESIDE_OTHERS)
        async with working(nats_server, demo):
            await until_in_isolation(web_bus, 1, 0)
            await until_active(demo, 1)
        await web_bus.jetstream.purge_stream(AI_SUSPECTS)
        await web_bus.jetstream.delete_stream(AI_JOBS)
        await declare_streams(web_bus.jetstream)


async def test_two_workers_do_two_of_them(
    nats_server: NatsServer, web_bus: Bus, demo: ModelServer
) -> None:
    for number in STALLED:
        await submit(web_bus, number, "/error timeout")
    await interrupted(nats_server, demo, len(STALLED), BESIDE_OTHERS)
    async with working(nats_server, demo), working(nats_server, demo):
        await until_in_isolation(web_bus, 2, 1)
        await until_active(demo, 2)


async def test_those_that_are_innocent_all_end_and_lose_no_character(
    nats_server: NatsServer, web_bus: Bus
) -> None:
    numbers = range(1, 7)
    async with running_demo(tokens_per_second=100) as demo:
        for number in numbers:
            await submit(web_bus, number, f"/echo {TEXT}")
        await interrupted(nats_server, demo, len(numbers), BESIDE_OTHERS)
    async with running_demo() as demo, working(nats_server, demo):
        results = await take_results(web_bus, len(numbers))
        await until_no_job_is_left(web_bus)
    for number in numbers:
        page = await shown(web_bus, number)
        result = results[number]
        assert (result.status, result.text, result.restarted) == ("complete", TEXT, False)
        assert page.done == normalized(plain(TEXT, id_prefix=f"message_{number}"))
    assert await list_parked(web_bus) == []


async def test_one_that_loses_its_workers_there_too_is_parked(
    nats_server: NatsServer, web_bus: Bus, demo: ModelServer
) -> None:
    await submit(web_bus, 7, "/error timeout")
    await interrupted(nats_server, demo, 1, 5)
    async with working(nats_server, demo):
        result = await take_result(web_bus)
        await until_no_job_is_left(web_bus)
    (parked,) = await list_parked(web_bus)
    assert (result.status, result.error) == ("failed", "interrupted")
    assert (parked.subject, parked.deliveries) == (job_subject(7), 6)

    # Taken up again, it has all its deliveries again.
    await retry(web_bus, parked.sequence)
    await interrupted(nats_server, demo, 1, BESIDE_OTHERS)
    async with working(nats_server, demo):
        await until_in_isolation(web_bus, 1, 0)


async def test_a_job_for_a_title_is_no_other(
    nats_server: NatsServer, web_bus: Bus, demo: ModelServer
) -> None:
    turns = (Turn(role="user", content="/slow 0.1 /echo How do I bake bread?"),)
    job = TitleJob(chat_id=5, turns=turns)
    await web_bus.publish(title_job_subject(5), job.model_dump_json().encode(), uuid4().hex)
    await interrupted(nats_server, demo, 1, BESIDE_OTHERS)
    async with working(nats_server, demo):
        await until_in_isolation(web_bus, 1, 0)


@pytest.mark.parametrize("payload", [b"", b"{"])
async def test_one_that_cannot_be_read_is_parked_as_any_other(
    nats_server: NatsServer, web_bus: Bus, ai_bus: Bus, demo: ModelServer, payload: bytes
) -> None:
    await ai_bus.publish(suspect_subject(job_subject(7), 12), payload, "malformed")
    async with working(nats_server, demo):
        result = await take_result(web_bus)
        await until_no_job_is_left(web_bus)
    (parked,) = await list_parked(web_bus)
    assert (result.message_id, result.status) == (7, "failed")
    assert (parked.subject, parked.payload) == (job_subject(7), payload)
