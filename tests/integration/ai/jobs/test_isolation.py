"""Suspects, jobs of workers that died: nobody knows which one killed, so they are done alone."""

from uuid import uuid4

from services.ai.jobs.parking import list_parked, retry
from services.shared.bus.connection import Bus
from services.shared.bus.messages import TitleJob, Turn
from services.shared.bus.stream_management import declare_streams
from services.shared.bus.subjects import (
    AI_JOBS,
    AI_SUSPECTS,
    job_subject,
    suspect_subject,
    title_job_subject,
)
from tests.integration.ai.workers import (
    BESIDE_OTHERS,
    Workers,
    fresh,
    interrupted,
    until_active,
    until_in_isolation,
)
from tests.support.answers import shown, submit, take_result, take_results, until_no_job_is_left
from tests.support.endpoints import ModelServer, running_demo

TEXT = "".join(f"{number} words more, and\n\n" for number in range(40))
STALLED = (1, 2, 3)


async def test_suspects_are_done_one_at_a_time_beside_new_jobs(
    workers: Workers, demo: ModelServer
) -> None:
    for number in STALLED:
        await submit(workers.bus, number, "/error timeout")
    await interrupted(workers.nats, demo, len(STALLED), BESIDE_OTHERS)
    async with workers.working(demo):
        await until_in_isolation(workers.bus, 1, 2)
        await until_active(demo, 1)
        await submit(workers.bus, 4, "/echo A new one.")
        assert (await take_result(workers.bus)).text == "A new one."
        await until_in_isolation(workers.bus, 1, 2)
        assert (await demo.stats())["active"] == 1
        async with workers.working(demo):
            await until_in_isolation(workers.bus, 2, 1)
            await until_active(demo, 2)


async def test_a_queue_that_was_made_anew_has_jobs_of_the_same_number(
    workers: Workers, demo: ModelServer
) -> None:
    for message in (1, 2):
        await submit(workers.bus, message, "/error timeout")
        await interrupted(workers.nats, demo, 1, BESIDE_OTHERS)
        async with workers.working(demo):
            await until_in_isolation(workers.bus, 1, 0)
            await until_active(demo, 1)
        await workers.bus.jetstream.purge_stream(AI_SUSPECTS)
        await workers.bus.jetstream.delete_stream(AI_JOBS)
        await declare_streams(workers.bus.jetstream)


async def test_innocent_suspects_all_end_and_lose_no_character(workers: Workers) -> None:
    numbers = range(1, 7)
    async with running_demo(tokens_per_second=10) as demo:
        for number in numbers:
            await submit(workers.bus, number, f"/echo {TEXT}")
        await interrupted(workers.nats, demo, len(numbers), BESIDE_OTHERS)
    async with running_demo() as demo, workers.working(demo):
        results = await take_results(workers.bus, len(numbers))
        await until_no_job_is_left(workers.bus)
    for number in numbers:
        result = results[number]
        assert (result.status, result.text, result.restarted) == ("complete", TEXT, False)
        assert (await shown(workers.bus, number)).done == fresh(TEXT, number)
    assert await list_parked(workers.bus) == []


async def test_a_suspect_that_loses_its_workers_is_parked_and_a_retry_starts_over(
    workers: Workers, demo: ModelServer
) -> None:
    await submit(workers.bus, 7, "/error timeout")
    await interrupted(workers.nats, demo, 1, 5)
    async with workers.working(demo):
        result, page = await workers.ended()
    (parked,) = await list_parked(workers.bus)
    assert (result.status, result.error, page.status) == ("failed", "interrupted", "failed")
    assert page.error is not None
    assert page.error.startswith("The answer was interrupted too often and was given up. ")
    assert (parked.subject, parked.deliveries) == (job_subject(7), 6)

    await retry(workers.bus, parked.sequence)
    await interrupted(workers.nats, demo, 1, BESIDE_OTHERS)
    async with workers.working(demo):
        await until_in_isolation(workers.bus, 1, 0)


async def test_a_title_job_is_isolated_as_any_other(workers: Workers, demo: ModelServer) -> None:
    turns = (Turn(role="user", content="/slow 0.1 /echo How do I bake bread?"),)
    job = TitleJob(chat_id=5, turns=turns)
    await workers.bus.publish(title_job_subject(5), job.model_dump_json().encode(), uuid4().hex)
    await interrupted(workers.nats, demo, 1, BESIDE_OTHERS)
    async with workers.working(demo):
        await until_in_isolation(workers.bus, 1, 0)


async def test_a_suspect_that_cannot_be_parsed_is_parked_as_any_other(
    workers: Workers, ai_bus: Bus, demo: ModelServer
) -> None:
    payloads = {7: b"", 8: b"{"}
    for number, payload in payloads.items():
        subject = suspect_subject(job_subject(number), number)
        await ai_bus.publish(subject, payload, f"malformed-{number}")
    async with workers.working(demo):
        results = await take_results(workers.bus, len(payloads))
        await until_no_job_is_left(workers.bus)
    assert {result.status for result in results.values()} == {"failed"}
    parked = {job.subject: job.payload for job in await list_parked(workers.bus)}
    assert parked == {job_subject(number): payload for number, payload in payloads.items()}
