"""Rates are counted exactly, in one place for all processes of web."""

import asyncio

import pytest

from services.web.db.pool import Connection, Pool, connection, open_pool, transaction
from services.web.limits.model import Rate
from services.web.limits.queries import (
    count_tokens,
    find_tokens,
    give_back,
    sweep,
    sweep_tokens,
    take,
)
from tests.support.postgres import WAITS_FOR_ANOTHER
from tests.support.waiting import until

HOURLY = Rate(10, 36_000)
MOVE = "UPDATE rate_limits SET arrival = arrival - make_interval(secs => $1)"


async def take_alone(pool: Pool, key: str, rate: Rate) -> float | None:
    async with connection(pool) as db:
        return await take(db, key, rate)


async def test_two_processes_together_allow_exactly_the_rate(database_url: str) -> None:
    async with open_pool(database_url, size=4) as one, open_pool(database_url, size=4) as other:
        waits = await asyncio.gather(
            *(take_alone(pool, key, HOURLY) for key in "ab" for pool in (one, other) * 20)
        )
    for of_key in (waits[:40], waits[40:]):
        assert of_key.count(None) == 10
        assert all(3590 < wait <= 3600 for wait in of_key if wait is not None)


async def test_what_was_allowed_comes_back_evenly(db: Connection) -> None:
    rate = Rate(60, 6000, burst=2)
    assert [await take(db, "k", rate) for _ in range(2)] == [None, None]
    wait = await take(db, "k", rate)
    assert wait
    await db.execute(MOVE, wait - 50)
    assert await take(db, "k", rate)
    await db.execute(MOVE, 50.0)
    assert await take(db, "k", rate) is None
    assert await take(db, "k", rate)
    await db.execute(MOVE, 1_000_000.0)
    allowed = [await take(db, "k", rate) for _ in range(4)]
    assert [wait is None for wait in allowed] == [True, True, False, False]


async def test_one_that_is_given_back_can_be_taken_again(db: Connection) -> None:
    assert await take(db, "k", Rate(1, 3600)) is None
    await give_back(db, "k", Rate(1, 3600))
    assert await take(db, "k", Rate(1, 3600)) is None
    assert await take(db, "k", Rate(1, 3600))


async def test_a_transaction_that_fails_has_taken_nothing(pool: Pool) -> None:
    async def take_and_fail() -> None:
        async with transaction(pool) as db:
            assert await take(db, "k", Rate(1, 3600)) is None
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await take_and_fail()
    assert await take_alone(pool, "k", Rate(1, 3600)) is None


async def test_a_transaction_that_waited_is_judged_by_the_time_after_its_wait(pool: Pool) -> None:
    rate = Rate(1, 0.5)

    async def is_free_again() -> bool:
        async with connection(pool) as db:
            free: bool = await db.fetchval("SELECT clock_timestamp() > $1", arrival)
            return free

    async def is_waiting() -> bool:
        async with connection(pool) as db:
            waiting: bool = await db.fetchval(WAITS_FOR_ANOTHER)
            return waiting

    async with asyncio.TaskGroup() as tasks, transaction(pool) as late:
        await late.fetchval("SELECT now()")
        async with transaction(pool) as early:
            assert await take(early, "k", rate) is None
            arrival = await early.fetchval("SELECT arrival FROM rate_limits")
            waiting = tasks.create_task(take(late, "k", rate))
            await until(is_waiting)
            await until(is_free_again)
        assert await waiting is None


async def test_only_what_limits_nothing_any_more_is_swept(pool: Pool) -> None:
    async with connection(pool) as db:
        for key in ("old", "older", "held", "new"):
            await take(db, key, HOURLY)
        await db.execute(f"{MOVE} WHERE key <> 'new'", 36_000.0)
        async with transaction(pool) as other:
            await take(other, "held", HOURLY)
            assert [await sweep(db, limit=1) for _ in range(3)] == [1, 1, 0]
        rows = await db.fetch("SELECT key FROM rate_limits ORDER BY key")
    assert [row["key"] for row in rows] == ["held", "new"]


async def test_counts_of_tokens_are_kept_for_two_days(pool: Pool) -> None:
    async with connection(pool) as db:
        for tokens in (5, 7):
            await count_tokens(db, tokens, account_id=1)
        assert await find_tokens(db, account_id=1) == 12
        assert await find_tokens(db, account_id=2) == 0
        await db.execute(
            "INSERT INTO token_counts SELECT account_id, day - ago, 1"
            " FROM token_counts, generate_series(1, 3) AS ago"
        )
        await sweep_tokens(db)
        rows = await db.fetch("SELECT tokens FROM token_counts ORDER BY day")
    assert [row["tokens"] for row in rows] == [1, 12]
