"""The coalescer: every character comes out once, in order, the first without delay."""

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ai.answers.coalescer import STRETCH, Batch, Coalescer
from tests.support.clock_loop import clock_loop, run_by_clock
from tests.support.waiting import DEADLINE_SECONDS

LONG = 3600.0


@dataclass(slots=True)
class Said:
    """The text and the reasoning of an answer, as they stand."""

    text: str = ""
    reasoning: str = ""
    seconds: list[float] = field(default_factory=list)

    def add(self, batch: Batch) -> None:
        if batch.recast:
            self.reasoning, self.text = self.reasoning + self.text, ""
        self.reasoning += batch.reasoning
        self.text += batch.text
        if batch.reasoning_seconds is not None:
            self.seconds.append(batch.reasoning_seconds)


STEPS = st.one_of(
    st.builds(lambda text: Batch(text=text), st.text(max_size=5)),
    st.builds(lambda text: Batch(reasoning=text), st.text(max_size=5)),
    st.just(Batch(recast=True)),
    st.builds(lambda seconds: Batch(reasoning_seconds=seconds), st.floats(0, 9)),
    st.none(),
)


def _in_order(steps: list[Batch | None]) -> bool:
    """Whether no reasoning follows a text that may yet be recast: no endpoint does that."""
    recasts = [place for place, step in enumerate(steps) if step and step.recast]
    before = steps[: recasts[-1]] if recasts else []
    return not any(step and step.reasoning for step in before)


@given(
    st.lists(STEPS, max_size=30).filter(_in_order),
    st.integers(1, 20),
    st.sampled_from([0.0, 0.0005]),
)
def test_what_is_given_out_is_what_was_added(
    steps: list[Batch | None], limit: int, seconds: float
) -> None:
    """None stands for a moment in which the reader may run."""
    expected = Said()
    for step in steps:
        if step is not None:
            expected.add(step)
    got = asyncio.run(_run(steps, limit, seconds))
    assert (got.text, got.reasoning) == (expected.text, expected.reasoning)
    assert got.seconds[-1:] == expected.seconds[-1:]


async def _run(steps: list[Batch | None], limit: int, seconds: float) -> Said:
    coalescer = Coalescer(seconds=seconds, limit=limit)
    said = Said()

    async def read() -> None:
        async for batch in coalescer.batches():
            assert batch != Batch()
            said.add(batch)

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(read())
        for step in steps:
            if step is None:
                await asyncio.sleep(0)
            else:
                _add(coalescer, step)
        coalescer.end()
    return said


def _add(coalescer: Coalescer, step: Batch) -> None:
    if step.recast:
        coalescer.recast()
    if step.reasoning_seconds is not None:
        coalescer.end_reasoning(step.reasoning_seconds)
    coalescer.add(step.text, step.reasoning)


async def test_what_comes_after_waits_until_enough_has_gathered() -> None:
    coalescer = Coalescer(seconds=LONG, limit=6)
    batches = aiter(coalescer.batches())
    coalescer.add("first")
    assert await asyncio.wait_for(anext(batches), DEADLINE_SECONDS) == Batch("first")

    async def take() -> Batch:
        return await anext(batches)

    async with asyncio.timeout(DEADLINE_SECONDS), asyncio.TaskGroup() as tasks:
        following = tasks.create_task(take())
        for text, reasoning in (("", "a"), ("", ""), ("ä", ""), ("漢", "")):
            assert not following.done()
            coalescer.add(text, reasoning)
            await asyncio.sleep(0)
        assert await following == Batch("ä漢", "a")


async def test_what_comes_after_waits_no_longer_than_its_time() -> None:
    coalescer = Coalescer(seconds=0.01, limit=1000)
    batches = aiter(coalescer.batches())
    coalescer.add("first")
    await anext(batches)
    coalescer.add("second")
    assert await asyncio.wait_for(anext(batches), DEADLINE_SECONDS) == Batch("second")


def test_a_process_with_much_to_do_gives_out_less_often() -> None:
    idle, busy = (run_by_clock(_gaps(stall)) for stall in (0.0, 0.012))
    assert max(idle) < 0.031
    assert 0.035 < min(busy) <= max(busy) < 0.03 * STRETCH


async def _gaps(stall: float) -> list[float]:
    """Return the seconds between times while text comes each ms, and all else stalls as long."""
    loop = clock_loop()
    coalescer = Coalescer(seconds=0.03, limit=1_000_000)

    async def write() -> None:
        while loop.now < 1:
            coalescer.add("x")
            await asyncio.sleep(0.001)
            loop.stall(stall)
        coalescer.end()

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(write())
        given_at = [loop.now async for _ in coalescer.batches()]
    return [after - before for before, after in pairwise(given_at[:-1])]


async def test_the_end_gives_out_what_is_left_and_ends() -> None:
    coalescer = Coalescer(seconds=LONG, limit=1000)
    batches = aiter(coalescer.batches())
    coalescer.add("first")
    await anext(batches)
    coalescer.add("the ")
    coalescer.add("rest")
    coalescer.end()
    async with asyncio.timeout(DEADLINE_SECONDS):
        assert await anext(batches) == Batch("the rest")
        with pytest.raises(StopAsyncIteration):
            await anext(batches)


async def test_text_that_waits_is_recast_where_it_is() -> None:
    coalescer = Coalescer(seconds=LONG, limit=1000)
    coalescer.add("I think ")
    coalescer.add("so.")
    coalescer.recast()
    coalescer.add("It is.")
    coalescer.end_reasoning(1.5)
    coalescer.end()
    expected = Batch("It is.", "I think so.", 1.5, recast=True)
    assert [each async for each in coalescer.batches()] == [expected]

    empty = Coalescer(seconds=LONG, limit=1000)
    empty.add("")
    empty.end()
    assert [each async for each in empty.batches()] == []


async def test_a_wait_is_a_batch_at_once_unless_text_or_the_end_is_there_first() -> None:
    coalescer = Coalescer(seconds=0.01, limit=1000)
    batches = aiter(coalescer.batches())
    later = datetime(2026, 1, 1, tzinfo=UTC)
    coalescer.note_wait(later)
    assert await asyncio.wait_for(anext(batches), DEADLINE_SECONDS) == Batch(retry_at=later)
    coalescer.note_wait(later)
    coalescer.add("It is.")
    assert await asyncio.wait_for(anext(batches), DEADLINE_SECONDS) == Batch("It is.")
    coalescer.note_wait(later)
    coalescer.end()
    assert [each async for each in batches] == []
