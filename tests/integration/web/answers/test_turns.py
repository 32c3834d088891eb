"""Whose turn it is: one answer of a chat at a time, each told what leads to it."""

import asyncio
from collections.abc import Awaitable, Callable
from uuid import uuid4

import pytest

from services.shared.bus.stored_messages import read_all, read_last
from services.shared.bus.subjects import (
    AI_JOBS,
    TURBO_STREAM,
    chat_group,
    job_subject,
    turbo_stream_subject,
)
from services.web.answers import again, asking
from services.web.answers.model import AnswerContext
from services.web.chats.model import ChatKey
from services.web.chats.queries import find_owner
from services.web.db.pool import Connection, Pool, transaction
from services.web.messages.model import Draft
from tests.integration.web.natter import Natter, answer_context, result_of, turns
from tests.support.postgres import WAITS_FOR_ANOTHER
from tests.support.waiting import until

PARALLEL = 20
ROWS = "SELECT id, run, status FROM messages ORDER BY id"


async def test_a_second_message_is_answered_when_the_first_answer_has_ended(natter: Natter) -> None:
    chat = await natter.new_chat()
    first, second = await natter.ask(chat, "One"), await natter.ask(chat, "Two")
    assert await natter.statuses() == {first: "queued", second: "waiting"}
    assert "Waiting for its turn." in await natter.page(chat)
    assert [job.message_id for job in await natter.jobs()] == [first]
    await natter.end(first, text="Uno")
    assert await natter.statuses() == {first: "complete", second: "queued"}
    asked = await natter.jobs()
    assert [job.message_id for job in asked] == [first, second]
    assert turns(asked[1]) == ["One", "Uno", "Two"]
    footer = (await natter.streams())[-1]
    assert footer.startswith(f'<turbo-stream action="replace" target="message_{second}_footer">')
    assert 'data-status="queued"' in footer


async def test_pages_have_an_answers_element_before_a_worker_has_its_job(natter: Natter) -> None:
    chat = await natter.new_chat()
    first = await natter.ask(chat, "One")
    await natter.jobs()
    shown = await read_all(natter.bus, TURBO_STREAM, turbo_stream_subject(chat_group(chat)))
    job = await read_last(natter.bus, AI_JOBS, job_subject(first))
    assert job
    assert shown[-1].stored_at < job.stored_at


async def test_chats_do_not_wait_for_each_other(natter: Natter) -> None:
    answers = [await natter.ask(await natter.new_chat()) for _ in range(3)]
    assert await natter.statuses() == dict.fromkeys(answers, "queued")


async def test_however_much_is_sent_and_answered_at_once_one_answer_is_queued(
    natter: Natter,
) -> None:
    """The index alone forbids two; what is looked at is that none is refused, lost or left."""
    chat = await natter.new_chat()
    # Results come twice, and of other runs, in between.
    runs = ((2, 1, 1), (1, 2, 1), (1, 1, 2))

    async def answer_all() -> None:
        for number in range(PARALLEL):
            message_id = await until(lambda: queued(natter))
            for run in runs[number % 3]:
                await natter.publish(result_of(message_id, run=run, text=f"To {message_id}"))

            async def has_ended(ended: int = message_id) -> bool:
                return (await natter.row(ended))["status"] == "complete"

            await until(has_ended)

    async with asyncio.TaskGroup() as tasks:
        sent = [tasks.create_task(natter.ask(chat, f"No {n}")) for n in range(PARALLEL)]
        tasks.create_task(answer_all())
    answers = sorted(task.result() for task in sent)
    assert await natter.statuses() == dict.fromkeys(answers, "complete")
    asked = await natter.jobs()
    assert [job.message_id for job in asked] == answers
    for number, job in enumerate(asked):
        assert len(job.turns) == 2 * number + 1
        assert turns(job)[1::2] == [f"To {answer}" for answer in answers[:number]]


@pytest.mark.parametrize("status", ["complete", "stopped"])
async def test_a_message_that_is_sent_while_an_answer_ends_gets_its_turn(
    natter: Natter, pool: Pool, status: str
) -> None:
    """Neither transaction sees the uncommitted rows of the other."""
    chat = await natter.new_chat()
    first = await natter.ask(chat, "One")
    owner = await find_owner(natter.db, chat)
    assert owner is not None

    async def end() -> None:
        if status == "stopped":
            await natter.act(chat, first, "stop")
        else:
            await natter.end(first)

    async with asyncio.TaskGroup() as tasks, transaction(pool) as db:
        await asking.send(db, answer_context(), owner, Draft("Two", uuid4()))
        ending = tasks.create_task(end())

        async def waits_or_has_ended() -> bool:
            return ending.done() or await natter.db.fetchval(WAITS_FOR_ANOTHER)

        await until(waits_or_has_ended)
    assert await natter.statuses() == {first: status, first + 2: "queued"}


type Change = Callable[[Connection, AnswerContext, ChatKey, int, Draft], Awaitable[object]]

CHANGES: dict[str, tuple[dict[str, object], Change]] = {
    "send": ({}, lambda db, context, chat, _, draft: asking.send(db, context, chat, draft)),
    "edit": (
        {},
        lambda db, context, chat, answer, draft: asking.edit(db, context, chat, answer - 1, draft),
    ),
    "retry": (
        {"status": "failed", "error": "timeout", "text": ""},
        lambda db, context, chat, answer, _: again.retry(db, context, chat, answer),
    ),
    "continue": (
        {"status": "stopped"},
        lambda db, context, chat, answer, _: again.continue_(db, context, chat, answer),
    ),
    "regenerate": (
        {},
        lambda db, context, chat, answer, _: again.regenerate(db, context, chat, answer),
    ),
}


@pytest.mark.parametrize("action", CHANGES)
async def test_what_is_asked_for_twice_at_once_is_done_once(
    natter: Natter, pool: Pool, action: str
) -> None:
    chat = await natter.new_chat()
    answer = await natter.ask(chat)
    ended, change = CHANGES[action]
    await natter.end(answer, **ended)
    owner = await find_owner(natter.db, chat)
    assert owner is not None
    draft = Draft("Other", uuid4())
    content, key = draft.content, str(draft.key)
    async with asyncio.TaskGroup() as tasks, transaction(pool) as db:
        await change(db, answer_context(), owner, answer, draft)
        done_once = await db.fetch(ROWS)
        if action == "send":
            second = tasks.create_task(natter.send(chat, content, key=key))
        else:
            message = answer - 1 if action == "edit" else answer
            acting = natter.act(chat, message, action, content=content, key=key)
            second = tasks.create_task(acting)

        async def waits_or_is_done() -> bool:
            return second.done() or await natter.db.fetchval(WAITS_FOR_ANOTHER)

        await until(waits_or_is_done)
    assert second.result().status_code == 200
    assert await natter.db.fetch(ROWS) == done_once


async def queued(natter: Natter) -> int:
    found = await natter.db.fetch("SELECT id FROM messages WHERE status = 'queued'")
    assert len(found) <= 1
    return found[0]["id"] if found else 0


async def test_what_was_seen_of_an_answer_is_told_and_its_error_is_not(natter: Natter) -> None:
    chat = await natter.new_chat()
    questions = ("One", "Two", "Three", "Four", "Five")
    answers = [await natter.ask(chat, question) for question in questions]
    await natter.end(answers[0], status="failed", error="cut_off", text="Half of")
    await natter.end(answers[1], status="stopped", text="")
    await natter.end(answers[2], status="stopped", text="As far as")
    await natter.end(answers[3], status="failed", error="rate_limit", text="")
    told = ["One", "Half of", "Two", "Three", "As far as", "Four", "Five"]
    asked = await natter.jobs()
    assert [turns(job) for job in asked] == [told[:n] for n in (1, 3, 4, 6, 7)]
    assert [turn.role for turn in asked[4].turns][:3] == ["user", "assistant", "user"]


async def test_an_answer_that_is_asked_for_again_is_no_part_of_its_own_prompt(
    natter: Natter,
) -> None:
    for action in ("continue", "retry", "regenerate"):
        chat = await natter.new_chat()
        first, second = await natter.ask(chat, "One"), await natter.ask(chat, "Two")
        await natter.end(first, status="failed", error="cut_off", text="Half of")
        await natter.end(second, status="failed", error="timeout", text="A quarter")
        await natter.act(chat, second, action)
        again = (await natter.jobs())[-1]
        assert turns(again) == ["One", "Half of", "Two"], action
        assert again.begun == ("A quarter" if action == "continue" else ""), action


async def test_what_is_unfinished_on_a_branch_that_is_shown_no_longer_is_stopped(
    natter: Natter,
) -> None:
    chat = await natter.new_chat()
    first = await natter.ask(chat, "One")
    second = await natter.ask(chat, "Two")
    await natter.act(chat, first - 1, "edit", content="Uno")
    third = second + 2
    assert await natter.statuses() == {first: "stopped", second: "stopped", third: "queued"}
    asked = await natter.jobs()
    assert [job.message_id for job in asked] == [first, third]
    assert turns(asked[1]) == ["Uno"]
    await natter.act(chat, first - 1, "edit", content="Un")
    assert await natter.statuses() == {
        first: "stopped",
        second: "stopped",
        third: "stopped",
        third + 2: "queued",
    }
    # Those that a worker may have were told to it; the one that waited was not.
    assert (await natter.bus.jetstream.stream_info("KV_ai_stops")).state.messages == 2
