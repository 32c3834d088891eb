"""An answer that one worker began and another goes on with or ends, and one asked for again."""

import asyncio
from contextlib import AsyncExitStack, suppress

import pytest
from nats.js.api import Header

from services.ai.answers.answer_log import AnswerLog, FencedError
from services.ai.answers.coalescer import Batch
from services.ai.jobs.attempt import RETRIED
from services.ai.jobs.parking import list_parked
from services.shared.bus.answer_log import read_answer_log
from services.shared.bus.connection import Bus
from services.shared.bus.messages import AnswerJob, AnswerResult, Turn
from services.shared.bus.subjects import AI_JOBS, chat_group, job_subject, text_subject
from services.shared.process.logging import configure_logging
from tests.integration.ai.workers import Workers, fresh, leave_half, until_active, until_longer
from tests.support.answers import (
    publications,
    submit,
    take_result,
    take_results,
    until_no_job_is_left,
)
from tests.support.endpoints import ModelServer, running_demo
from tests.support.scripted import DONE, STOP, Reply, ScriptedEndpoint, chunk, delta, refusal
from tests.support.waiting import DEADLINE_SECONDS

SECRET = "words of somebody's chat"
# Two minutes of text where it is written slowly: no worker has to be quick.
TEXT = "one word more and " * 600
# The queue delivers a job again, too, when a worker has no time to report progress.
MANY = 1000
BEGUN = "Once upon a *time*.\n\n- a list\n- of t"


async def _job_number(bus: Bus) -> int:
    return (await bus.jetstream.stream_info(AI_JOBS)).state.last_seq


async def test_the_next_worker_goes_on_from_the_last_character(
    workers: Workers, ai_bus: Bus, demo: ModelServer
) -> None:
    whole = await demo.answer_whole("a table")
    await submit(workers.bus, 7, "a table")
    await leave_half(ai_bus, whole[:90], job=await _job_number(workers.bus))
    async with workers.working(demo):
        result, page = await workers.ended()
    first = (await publications(workers.bus))[0].decode()

    assert (result.status, result.text, result.restarted) == ("complete", whole, False)
    assert first.startswith('<turbo-stream action="replace" target="message_7"')
    assert "demo model" in first
    assert page.statuses == ["streaming", "complete"]
    assert page.done == fresh(whole)


async def test_an_endpoint_that_cannot_continue_is_asked_anew_and_the_page_says_so(
    workers: Workers, ai_bus: Bus, llmock: str
) -> None:
    server = ModelServer("llmock", llmock, "gpt-4o")
    question = server.question_for("The whole answer.")
    await submit(workers.bus, 7, question)
    await leave_half(ai_bus, "The who", job=await _job_number(workers.bus))
    async with workers.working(server):
        result, page = await workers.ended()

    assert (result.status, result.text, result.restarted) == ("complete", "The whole answer.", True)
    assert page.done == fresh(result.text)
    assert "begun again" in page.footer


async def test_what_a_worker_left_stays_where_no_first_word_follows_it(
    workers: Workers, ai_bus: Bus
) -> None:
    await submit(workers.bus, 7, "a table")
    await leave_half(ai_bus, BEGUN, job=await _job_number(workers.bus), reasoning="A thought.")
    down = refusal(401, {"error": {"message": "Incorrect API key provided."}})
    async with workers.following(ScriptedEndpoint(down)):
        result, page = await workers.ended()
    assert (result.status, result.error) == ("failed", "auth")
    assert (result.text, result.reasoning, result.restarted) == (BEGUN, "A thought.", False)
    assert page.done == fresh(BEGUN)


async def test_the_first_word_of_a_new_beginning_takes_the_place_of_the_old_one(
    workers: Workers, ai_bus: Bus
) -> None:
    await submit(workers.bus, 7, "a table")
    await leave_half(ai_bus, BEGUN, job=await _job_number(workers.bus), reasoning="A thought.")
    script = ScriptedEndpoint(Reply((chunk("A table."), STOP, DONE)))
    async with workers.following(script):
        result, page = await workers.ended()
    assert (result.text, result.reasoning, result.restarted) == ("A table.", "", True)
    assert page.done == fresh("A table.")
    assert [message["role"] for message in script.asked[0].body["messages"]] == ["system", "user"]


async def test_reasoning_without_a_word_after_it_is_begun_again(
    workers: Workers, ai_bus: Bus, demo: ModelServer
) -> None:
    await submit(workers.bus, 7, "/think a table")
    number = await _job_number(workers.bus)
    await leave_half(ai_bus, "", job=number, reasoning="Half a tho")
    async with workers.working(demo):
        result = await take_result(workers.bus)
    assert "Half a tho" not in result.reasoning
    assert result.reasoning
    assert result.restarted


async def test_an_answer_whose_end_is_logged_is_only_shown(
    workers: Workers, ai_bus: Bus, demo: ModelServer
) -> None:
    await submit(workers.bus, 7, "a table")
    log = await leave_half(ai_bus, BEGUN, job=await _job_number(workers.bus))
    ended = AnswerResult(message_id=7, run=1, status="complete", text=BEGUN, finish_reason="stop")
    await log.end(ended)
    async with workers.working(demo):
        result, page = await workers.ended()

    assert result == ended
    assert page.statuses == ["complete"]
    assert page.done == fresh(BEGUN)
    assert (await demo.stats())["started"] == 0


async def test_a_log_of_an_earlier_job_is_no_part_of_this_one(
    workers: Workers, ai_bus: Bus, demo: ModelServer
) -> None:
    await submit(workers.bus, 1, "/echo first")
    await leave_half(ai_bus, BEGUN, job=await _job_number(workers.bus))
    await submit(workers.bus, 7, "/echo anew")
    async with workers.working(demo, max_answers=1):
        await take_result(workers.bus)
        result = await take_result(workers.bus)
    assert (result.message_id, result.text) == (7, "anew")


async def test_a_job_that_a_newer_one_has_replaced_is_left_alone(
    workers: Workers, ai_bus: Bus, demo: ModelServer
) -> None:
    await submit(workers.bus, 7, "/echo old")
    log = await leave_half(ai_bus, "newer", job=await _job_number(workers.bus) + 1, run=2)
    async with workers.working(demo):
        await until_no_job_is_left(workers.bus)
    logged = await read_answer_log(workers.bus, 7)
    assert logged is not None
    assert (logged.text, logged.sequence) == ("newer", log.sequence)
    assert await publications(workers.bus) == []


async def test_what_a_reader_wants_continued_goes_on_where_it_ended(
    workers: Workers, demo: ModelServer
) -> None:
    whole = await demo.answer_whole("a table")
    async with workers.working(demo):
        result, page = await workers.answered("a table", begun=whole[:77], run=2)
    assert (result.run, result.text) == (2, whole)
    assert page.done == fresh(whole)


async def test_an_endpoint_that_cannot_go_on_is_asked_to(workers: Workers, llmock: str) -> None:
    server = ModelServer("llmock", llmock, "gpt-4o")
    question = server.question_for(" and the rest.")
    async with workers.working(server):
        result, _ = await workers.answered(question, begun="The beginning", run=2)
    assert (result.status, result.text) == ("complete", "The beginning and the rest.")
    assert not result.restarted


async def test_workers_that_are_stopped_one_after_the_other_lose_no_character(
    workers: Workers,
) -> None:
    async with running_demo(tokens_per_second=20) as slow, running_demo() as fast:
        await submit(workers.bus, 7, f"/echo {TEXT}")
        for number in range(4):
            async with workers.working(slow, max_deliveries=MANY):
                await until_active(slow, 1)
                await until_longer(workers.bus, 20 * (number + 1))
            await until_active(slow, 0)
        async with workers.working(fast, max_deliveries=MANY):
            result, page = await workers.ended()
    assert (result.text, result.restarted) == (TEXT, False)
    assert page.done == fresh(TEXT)
    assert (page.document.doubled, page.statuses[-1]) == (set(), "complete")


async def test_of_two_workers_with_one_job_the_newer_one_writes(
    workers: Workers, ai_bus: Bus
) -> None:
    async with running_demo(tokens_per_second=20) as demo, AsyncExitStack() as stack:
        await submit(workers.bus, 7, f"/echo {TEXT}")
        await stack.enter_async_context(workers.working(demo))
        await until_longer(workers.bus, 50)
        # Like a worker that got the job while the first one's progress reports were lost.
        logged = await read_answer_log(workers.bus, 7)
        assert logged is not None
        newer = AnswerLog(
            ai_bus, 7, run=1, job=logged.job, attempt="newer", sequence=logged.sequence
        )
        newer.text.add(logged.text)
        async with asyncio.timeout(DEADLINE_SECONDS):
            await _take_over(newer, workers.bus)
        await until_active(demo, 0)
        at_most = len(await publications(workers.bus))
        await newer.grow(Batch(text="|"))
        assert len(await publications(workers.bus)) == at_most
    logged = await read_answer_log(workers.bus, 7)
    assert logged is not None
    assert logged.text.endswith("|")


async def _take_over(log: AnswerLog, bus: Bus) -> None:
    """Begin after the other worker's last entry, which moves on all the time."""
    while True:
        logged = await read_answer_log(bus, 7)
        assert logged is not None
        log.sequence = logged.sequence
        with suppress(FencedError):  # the other one was faster
            await log.begin()
            return


async def test_what_was_thought_stays_on_the_page_when_the_answer_is_continued(
    workers: Workers,
) -> None:
    thinking = Reply(
        (delta({"reasoning": "I think."}), chunk("Half of "), chunk(finish_reason="length"))
    )
    script = ScriptedEndpoint(thinking, Reply((chunk("it."), STOP)))
    async with workers.following(script):
        first, _ = await workers.answered("Think.")
        second, page = await workers.answered("Think.", begun=first.text, run=2)
    assert (first.reasoning, second.text) == ("I think.", "Half of it.")
    assert "I think." in page.thoughts
    assert "Half of it." in page.done
    assert page.status == "complete"


async def test_an_old_job_that_is_taken_up_again_leaves_a_newer_run_alone(
    workers: Workers, ai_bus: Bus, demo: ModelServer
) -> None:
    await submit(workers.bus, 1, "/echo something else")
    number = (await workers.bus.jetstream.stream_info(AI_JOBS)).state.last_seq
    newer = AnswerLog(ai_bus, 7, run=2, job=number, attempt="newer")
    await newer.begin()
    await newer.grow(Batch(text="Run two."))
    old = AnswerJob(
        message_id=7,
        chat_id=1,
        group=chat_group(1),
        run=1,
        turns=(Turn(role="user", content="/echo run one"),),
    )
    await workers.bus.jetstream.publish(
        job_subject(7),
        old.model_dump_json().encode(),
        headers={Header.MSG_ID.value: "again", RETRIED: "yes"},
    )
    async with workers.working(demo):
        await take_result(workers.bus)
        await until_no_job_is_left(workers.bus)
    logged = await read_answer_log(workers.bus, 7)
    assert logged is not None
    assert (logged.run, logged.text, logged.sequence) == (2, "Run two.", newer.sequence)
    assert not [html for html in await publications(workers.bus) if b"message_7" in html]


@pytest.mark.usefixtures("restored_logging")
async def test_a_log_that_cannot_be_read_fails_its_answer_in_the_end(
    workers: Workers, ai_bus: Bus, demo: ModelServer, capfd: pytest.CaptureFixture[str]
) -> None:
    configure_logging("debug", "console")
    rubbish = f'{{"version": 2, "text": {{"{SECRET}": "{SECRET}"}}'
    await ai_bus.publish(text_subject(7), rubbish.encode(), "rubbish")
    await submit(workers.bus, 7, SECRET, run=3)
    await submit(workers.bus, 8, "/echo The next.")
    async with workers.working(demo, max_deliveries=1):
        results = await take_results(workers.bus, 2)
        await until_no_job_is_left(workers.bus)
    (parked,) = await list_parked(workers.bus)
    said = capfd.readouterr().out

    assert (results[7].status, results[7].error, results[7].run) == ("failed", "interrupted", 3)
    assert results[8].text == "The next."
    assert SECRET.encode() in parked.payload
    assert "job_handed_back" in said
    assert "answer_given_up" in said
    assert SECRET not in said


async def test_a_log_that_lost_its_beginning_is_written_anew(
    workers: Workers, ai_bus: Bus, demo: ModelServer
) -> None:
    """A full stream drops its oldest messages."""
    await submit(workers.bus, 7, "/echo All of it.")
    job = (await workers.bus.jetstream.stream_info(AI_JOBS)).state.last_seq
    piece = f'{{"run":1,"job":{job},"offset":7,"text":"it.","reasoning_offset":0}}'
    await ai_bus.publish(text_subject(7), piece.encode(), "piece")
    async with workers.working(demo):
        results = await take_results(workers.bus, 1)
    assert (results[7].status, results[7].text) == ("complete", "All of it.")
