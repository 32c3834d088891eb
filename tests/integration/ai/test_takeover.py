"""An answer that one worker began and another goes on with, or ends."""

import asyncio
from contextlib import AsyncExitStack, suppress

import pytest

from deploy.local.nats_server import NatsServer
from services.ai.answers.answer_log import AnswerLog, FencedError
from services.ai.answers.coalescer import Batch
from services.shared.bus.answer_log import read_answer_log
from services.shared.bus.connection import Bus
from services.shared.bus.messages import AnswerResult
from services.shared.bus.subjects import AI_JOBS
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
from tests.support.rendered import plain
from tests.support.waiting import DEADLINE_SECONDS, until

# Two minutes of it where it is written slowly: no worker has to be quick to be in time.
TEXT = "one word more and " * 600
# The queue delivers a job again, too, when a worker has no time to report progress.
MANY = 1000
BEGUN = "Once upon a *time*.\n\n- a list\n- of t"


async def _begin(bus: Bus, text: str, *, job: int, run: int = 1, reasoning: str = "") -> AnswerLog:
    """Write the log of a worker that has died in the middle of message 7."""
    log = AnswerLog(bus, 7, run=run, job=job, attempt="dead")
    await log.begin()
    await log.grow(Batch(text=text, reasoning=reasoning))
    return log


async def _job_number(bus: Bus) -> int:
    return (await bus.jetstream.stream_info(AI_JOBS)).state.last_seq


async def test_the_next_worker_goes_on_from_the_last_character(
    nats_server: NatsServer, web_bus: Bus, ai_bus: Bus, demo: ModelServer
) -> None:
    whole = await demo.answer_whole("a table")
    await submit(web_bus, 7, "a table")
    await _begin(ai_bus, whole[:90], job=await _job_number(web_bus))
    async with working(nats_server, demo):
        result = await take_result(web_bus)
        await until_no_job_is_left(web_bus)
    first = (await publications(web_bus))[0].decode()
    page = await shown(web_bus, 7)

    assert (result.status, result.text, result.restarted) == ("complete", whole, False)
    assert first.startswith('<turbo-stream action="replace" target="message_7"')
    assert "demo model" in first
    assert page.statuses == ["streaming", "complete"]
    assert page.done == normalized(plain(whole, id_prefix="message_7"))


async def test_an_endpoint_that_cannot_go_on_is_asked_anew_and_the_reader_told(
    nats_server: NatsServer, web_bus: Bus, ai_bus: Bus, llmock: str
) -> None:
    server = ModelServer("llmock", llmock, "gpt-4o")
    question = server.question_for("The whole answer.")
    await submit(web_bus, 7, question)
    await _begin(ai_bus, "The who", job=await _job_number(web_bus))
    async with working(nats_server, server):
        result = await take_result(web_bus)
    page = await shown(web_bus, 7)

    assert (result.status, result.text, result.restarted) == ("complete", "The whole answer.", True)
    assert page.done == normalized(plain(result.text, id_prefix="message_7"))
    assert "begun again" in page.footer


async def test_reasoning_without_a_word_after_it_is_begun_again(
    nats_server: NatsServer, web_bus: Bus, ai_bus: Bus, demo: ModelServer
) -> None:
    await submit(web_bus, 7, "/think a table")
    number = await _job_number(web_bus)
    await _begin(ai_bus, "", job=number, reasoning="Half a tho")
    async with working(nats_server, demo):
        result = await take_result(web_bus)
    assert "Half a tho" not in result.reasoning
    assert result.reasoning
    assert result.restarted


async def test_an_answer_whose_end_is_logged_is_only_told(
    nats_server: NatsServer, web_bus: Bus, ai_bus: Bus, demo: ModelServer
) -> None:
    await submit(web_bus, 7, "a table")
    log = await _begin(ai_bus, BEGUN, job=await _job_number(web_bus))
    ended = AnswerResult(message_id=7, run=1, status="complete", text=BEGUN, finish_reason="stop")
    await log.end(ended)
    async with working(nats_server, demo):
        result = await take_result(web_bus)
        await until_no_job_is_left(web_bus)
    page = await shown(web_bus, 7)

    assert result == ended
    assert page.statuses == ["complete"]
    assert page.done == normalized(plain(BEGUN, id_prefix="message_7"))
    assert (await demo.stats())["started"] == 0


async def test_a_log_of_an_earlier_job_is_no_part_of_this_one(
    nats_server: NatsServer, web_bus: Bus, ai_bus: Bus, demo: ModelServer
) -> None:
    await submit(web_bus, 1, "/echo first")
    await _begin(ai_bus, BEGUN, job=await _job_number(web_bus))
    await submit(web_bus, 7, "/echo anew")
    async with working(nats_server, demo, max_answers=1):
        await take_result(web_bus)
        result = await take_result(web_bus)
    assert (result.message_id, result.text) == (7, "anew")


async def test_a_job_that_was_asked_for_again_since_is_left_alone(
    nats_server: NatsServer, web_bus: Bus, ai_bus: Bus, demo: ModelServer
) -> None:
    await submit(web_bus, 7, "/echo old")
    log = await _begin(ai_bus, "newer", job=await _job_number(web_bus) + 1, run=2)
    async with working(nats_server, demo):
        await until_no_job_is_left(web_bus)
    logged = await read_answer_log(web_bus, 7)
    assert logged is not None
    assert (logged.text, logged.sequence) == ("newer", log.sequence)
    assert await publications(web_bus) == []


async def test_what_a_reader_wants_continued_goes_on_where_it_ended(
    nats_server: NatsServer, web_bus: Bus, demo: ModelServer
) -> None:
    whole = await demo.answer_whole("a table")
    await submit(web_bus, 7, "a table", begun=whole[:77], run=2)
    async with working(nats_server, demo):
        result = await take_result(web_bus)
    page = await shown(web_bus, 7)
    assert (result.run, result.text) == (2, whole)
    assert page.done == normalized(plain(whole, id_prefix="message_7"))


async def test_an_endpoint_that_cannot_go_on_is_asked_to(
    nats_server: NatsServer, web_bus: Bus, llmock: str
) -> None:
    server = ModelServer("llmock", llmock, "gpt-4o")
    question = server.question_for(" and the rest.")
    await submit(web_bus, 7, question, begun="The beginning", run=2)
    async with working(nats_server, server):
        result = await take_result(web_bus)
    assert (result.status, result.text) == ("complete", "The beginning and the rest.")
    assert not result.restarted


@pytest.mark.parametrize("workers", [2, 5])
async def test_workers_that_are_stopped_one_after_the_other_lose_no_character(
    nats_server: NatsServer, web_bus: Bus, workers: int
) -> None:
    async with running_demo(tokens_per_second=20) as slow, running_demo() as fast:
        await submit(web_bus, 7, f"/echo {TEXT}")
        for number in range(workers):
            async with working(nats_server, slow, max_deliveries=MANY):
                await until_active(slow, 1)
                await _until_longer(web_bus, 20 * (number + 1))
            await until_active(slow, 0)
        async with working(nats_server, fast, max_deliveries=MANY):
            result = await take_result(web_bus)
            await until_no_job_is_left(web_bus)
    page = await shown(web_bus, 7)
    assert (result.text, result.restarted) == (TEXT, False)
    assert page.done == normalized(plain(TEXT, id_prefix="message_7"))
    assert (page.document.doubled, page.statuses[-1]) == (set(), "complete")


async def test_of_two_workers_with_one_job_the_newer_one_writes(
    nats_server: NatsServer, web_bus: Bus, ai_bus: Bus
) -> None:
    async with running_demo(tokens_per_second=20) as demo, AsyncExitStack() as stack:
        await submit(web_bus, 7, f"/echo {TEXT}")
        await stack.enter_async_context(working(nats_server, demo))
        await _until_longer(web_bus, 50)
        # As a worker does that was given the job while the first one's reports were lost.
        logged = await read_answer_log(web_bus, 7)
        assert logged is not None
        newer = AnswerLog(
            ai_bus, 7, run=1, job=logged.job, attempt="newer", sequence=logged.sequence
        )
        newer.text.add(logged.text)
        async with asyncio.timeout(DEADLINE_SECONDS):
            await _take_over(newer, web_bus)
        await until_active(demo, 0)
        at_most = len(await publications(web_bus))
        await newer.grow(Batch(text="|"))
        assert len(await publications(web_bus)) == at_most
    logged = await read_answer_log(web_bus, 7)
    assert logged is not None
    assert logged.text.endswith("|")


async def _take_over(log: AnswerLog, bus: Bus) -> None:
    """Begin behind the other worker's last entry, which moves on all the time."""
    while True:
        logged = await read_answer_log(bus, 7)
        assert logged is not None
        log.sequence = logged.sequence
        with suppress(FencedError):  # the other one was faster: again
            await log.begin()
            return


async def _until_longer(bus: Bus, length: int) -> None:
    async def is_longer() -> bool:
        logged = await read_answer_log(bus, 7)
        return logged is not None and len(logged.text) > length

    await until(is_longer)
