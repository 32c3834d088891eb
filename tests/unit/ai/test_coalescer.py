"""The coalescer: every character comes out once, in order, the first without delay."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ai.coalescer import Coalescer

LONG = 3600.0


@given(
    st.lists(st.one_of(st.text(max_size=5), st.just(None)), max_size=30),
    st.integers(1, 20),
    st.sampled_from([0.0, 0.0005]),
)
def test_the_texts_given_out_are_what_was_added(
    steps: list[str | None], limit: int, seconds: float
) -> None:
    """None stands for a moment in which the reader may run."""
    assert asyncio.run(_run(steps, limit, seconds)) == "".join(step or "" for step in steps)


async def _run(steps: list[str | None], limit: int, seconds: float) -> str:
    coalescer = Coalescer(seconds=seconds, limit=limit)
    received: list[str] = []

    async def read() -> None:
        async for text in coalescer.texts():
            assert text
            received.append(text)

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(read())
        for step in steps:
            if step is None:
                await asyncio.sleep(0)
            else:
                coalescer.add(step)
        coalescer.end()
    return "".join(received)


async def test_the_first_text_is_given_out_at_once() -> None:
    coalescer = Coalescer(seconds=LONG, limit=1000)
    texts = aiter(coalescer.texts())
    coalescer.add("first")
    assert await asyncio.wait_for(anext(texts), 5) == "first"


async def test_what_comes_after_waits_until_enough_has_gathered() -> None:
    coalescer = Coalescer(seconds=LONG, limit=6)
    texts = aiter(coalescer.texts())
    coalescer.add("first")
    await anext(texts)

    async def take() -> str:
        return await anext(texts)

    async with asyncio.timeout(5), asyncio.TaskGroup() as tasks:
        following = tasks.create_task(take())
        for text in ("a", "", "ä", "漢"):
            assert not following.done()
            coalescer.add(text)
            await asyncio.sleep(0)
        assert await following == "aä漢"


async def test_what_comes_after_waits_no_longer_than_its_time() -> None:
    coalescer = Coalescer(seconds=0.01, limit=1000)
    texts = aiter(coalescer.texts())
    coalescer.add("first")
    await anext(texts)
    coalescer.add("second")
    assert await asyncio.wait_for(anext(texts), 5) == "second"


async def test_the_end_gives_out_what_is_left_and_ends() -> None:
    coalescer = Coalescer(seconds=LONG, limit=1000)
    texts = aiter(coalescer.texts())
    coalescer.add("first")
    await anext(texts)
    coalescer.add("the ")
    coalescer.add("rest")
    coalescer.end()
    async with asyncio.timeout(5):
        assert await anext(texts) == "the rest"
        with pytest.raises(StopAsyncIteration):
            await anext(texts)


async def test_an_answer_without_text_gives_out_nothing() -> None:
    coalescer = Coalescer(seconds=LONG, limit=1000)
    coalescer.add("")
    coalescer.end()
    assert [text async for text in coalescer.texts()] == []
