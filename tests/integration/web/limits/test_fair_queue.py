"""However much one person asks, another one's question is behind a few answers alone."""

import asyncio
from uuid import uuid4

import pytest_asyncio

from services.shared.bus.connection import Bus
from services.shared.process.tasks import background
from services.web.accounts.guards import local_account
from services.web.answers import asking
from services.web.answers.dispatcher import Dispatcher
from services.web.answers.model import AnswerContext
from services.web.answers.results import record_answer
from services.web.chats.model import ChatKey
from services.web.chats.queries import find_owner, insert_chat
from services.web.db.pool import Connection, Pool, transaction
from services.web.db.relay import Relay
from services.web.messages.model import Draft
from tests.integration.web.limits.conftest import Limited
from tests.integration.web.natter import Natter, answer_context, result_of
from tests.integration.web.pages import chat_of_somebody_else
from tests.support.waiting import until

AT_ONCE = 3
MANY = 50
ONE_AT_ONCE = answer_context(answers_at_once=1)
STATUSES = "SELECT status FROM messages WHERE role = 'assistant' ORDER BY id"
JOBS = "SELECT count(*) FROM outbox WHERE subject ~ '^ai.jobs.[0-9]+$'"


async def ask(pool: Pool, context: AnswerContext, chat: ChatKey) -> int:
    """Ask in a chat; return the answer's id."""
    async with transaction(pool) as db:
        await asking.send(db, context, chat, Draft("Hello?", uuid4()))
        answer: int = await db.fetchval("SELECT max(id) FROM messages WHERE chat_id = $1", chat.id)
        return answer


async def end(pool: Pool, context: AnswerContext, answer: int) -> None:
    """Record an answer's end, as a process does that is killed right afterwards."""
    async with transaction(pool) as db:
        assert await record_answer(db, context, result_of(answer))


async def statuses(db: Connection) -> list[str]:
    return [row["status"] for row in await db.fetch(STATUSES)]


@pytest_asyncio.fixture
async def chats(db: Connection) -> list[ChatKey]:
    """Three chats of one account."""
    account = (await local_account(db)).id
    return [ChatKey(account, await insert_chat(db, account_id=account)) for _ in range(3)]


async def test_one_persons_questions_do_not_hold_up_anothers(limited: Limited, pool: Pool) -> None:
    async with limited(answers_at_once=AT_ONCE) as natter, limited(answers_at_once=AT_ONCE):
        asked = [await natter.ask(await natter.new_chat()) for _ in range(MANY)]
        stranger = await find_owner(natter.db, await chat_of_somebody_else(natter.db))
        assert stranger
        other = await ask(pool, answer_context(answers_at_once=AT_ONCE), stranger)
        await jobs_are(natter, [*asked[:AT_ONCE], other])
        for number, answer in enumerate(asked, 1):
            await natter.end(answer)
            await jobs_are(natter, [*asked[:AT_ONCE], other, *asked[AT_ONCE : AT_ONCE + number]])
        assert await natter.statuses() == {**dict.fromkeys(asked, "complete"), other: "queued"}


async def jobs_are(natter: Natter, answers: list[int]) -> None:
    """Wait until these jobs have been queued, and no others."""

    async def found() -> list[int]:
        return [job.message_id for job in await natter.jobs()]

    async def are_there() -> bool:
        return len(await found()) >= len(answers)

    await until(are_there)
    assert await found() == answers


async def test_the_oldest_comes_first_in_whichever_chat_it_is(
    pool: Pool, db: Connection, chats: list[ChatKey]
) -> None:
    first, second, third = chats
    answers = [await ask(pool, ONE_AT_ONCE, each) for each in (first, first, second, first, third)]
    assert await statuses(db) == ["queued"] + ["waiting"] * 4
    await end(pool, ONE_AT_ONCE, answers[0])
    assert (await statuses(db))[:3] == ["complete", "queued", "waiting"]
    # The next one is another chat's: neither the chat's own nor a new one overtakes it.
    await end(pool, ONE_AT_ONCE, answers[1])
    await ask(pool, ONE_AT_ONCE, third)
    assert await statuses(db) == ["complete"] * 2 + ["waiting"] * 4


async def test_what_a_crash_left_waiting_gets_its_turn_once(
    pool: Pool, db: Connection, chats: list[ChatKey], web_bus: Bus
) -> None:
    answers = [await ask(pool, ONE_AT_ONCE, chat) for chat in chats]
    await end(pool, ONE_AT_ONCE, answers[0])
    assert await statuses(db) == ["complete", "waiting", "waiting"]
    assert await db.fetchval(JOBS) == 1
    relay = Relay(pool, web_bus)
    several = [Dispatcher(pool, relay, ONE_AT_ONCE) for _ in range(4)]
    await asyncio.gather(*(each.dispatch_some() for each in several))
    assert await statuses(db) == ["complete", "queued", "waiting"]
    assert await db.fetchval(JOBS) == 2
    await end(pool, ONE_AT_ONCE, answers[1])
    # Nobody wakes it.
    async with background(dispatcher=several[0].run):

        async def is_promoted() -> bool:
            return (await statuses(db))[2] == "queued"

        await until(is_promoted)
        # Purged by another process, or by hand.
        fresh = await ask(pool, ONE_AT_ONCE, chats[0])
        await db.execute("DELETE FROM chats WHERE id = $1", chats[2].id)

        async def is_next() -> bool:
            status: str = await db.fetchval("SELECT status FROM messages WHERE id = $1", fresh)
            return status == "queued"

        await until(is_next)


async def test_a_turn_that_cannot_be_given_holds_up_nobody_else(
    pool: Pool, db: Connection, chats: list[ChatKey], web_bus: Bus
) -> None:
    stranger = await find_owner(db, await chat_of_somebody_else(db))
    assert stranger
    account = stranger.account_id
    others = [stranger, ChatKey(account, await insert_chat(db, account_id=account))]
    answers = [await ask(pool, ONE_AT_ONCE, chat) for chat in [*chats[:2], *others]]
    await db.execute(
        "UPDATE messages SET details = '[]' WHERE status = 'waiting' AND id < $1", answers[2]
    )
    for answer in answers[::2]:
        await end(pool, ONE_AT_ONCE, answer)
    assert await Dispatcher(pool, Relay(pool, web_bus), ONE_AT_ONCE).dispatch_some() == 1
    assert await statuses(db) == ["complete", "waiting", "complete", "queued"]


async def test_a_lower_limit_takes_no_turn_back(
    pool: Pool, db: Connection, chats: list[ChatKey]
) -> None:
    answers = [await ask(pool, answer_context(), chat) for chat in chats[:2]]
    await ask(pool, ONE_AT_ONCE, chats[2])
    assert await statuses(db) == ["queued", "queued", "waiting"]
    await end(pool, ONE_AT_ONCE, answers[0])
    assert await statuses(db) == ["complete", "queued", "waiting"]


async def test_a_place_is_free_again_when_an_answer_is_stopped_or_its_chat_deleted(
    limited: Limited,
) -> None:
    async with limited(answers_at_once=1) as natter:
        chats = [await natter.new_chat() for _ in range(3)]
        answers = [await natter.ask(chat) for chat in chats]
        assert "Waiting for its turn." in await natter.page(chats[1])
        assert all('class="answering"' in row for row in await natter.account_streams())
        await natter.act(chats[0], answers[0], "stop")
        await jobs_are(natter, answers[:2])
        assert 'data-status="queued"' in (await natter.streams())[-1]
        await natter.web.client.post(f"/chat/{chats[1]}/delete/")
        await jobs_are(natter, answers)
        assert list((await natter.statuses()).values()) == ["stopped", "stopped", "queued"]
