"""A listener: complete, in order, and bounded."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.realtime.listener import CONTINUITY_LOST, TOO_SLOW, Listener, ListeningEndedError

TAKE = None


@given(st.lists(st.one_of(st.text(min_size=1, max_size=8), st.just(TAKE)), max_size=40))
def test_a_listener_gives_out_what_was_offered_or_ends(steps: list[str | None]) -> None:
    """Modelled by a list: what is offered beyond 20 bytes untaken ends the listener for good."""
    asyncio.run(_follow(steps, limit=20))


async def _follow(steps: list[str | None], limit: int) -> None:
    listener = Listener(limit)
    waiting: list[str] = []
    for step in steps:
        if step is not TAKE:
            listener.offer(step, len(step.encode(errors="replace")))
            waiting.append(step)
        elif waiting:
            size = sum(len(text.encode(errors="replace")) for text in waiting)
            if size > limit:
                with pytest.raises(ListeningEndedError):
                    await listener.next()
                return
            assert await listener.next() == "".join(waiting)
            waiting.clear()


async def test_a_listener_takes_as_much_as_its_limit() -> None:
    listener = Listener(10)
    listener.offer("a" * 10, 10)
    assert await listener.next() == "a" * 10
    listener.offer("b" * 10, 10)
    assert await listener.next() == "b" * 10


async def test_one_byte_more_ends_it_even_if_nobody_reads() -> None:
    listener = Listener(10)
    listener.offer("a" * 10, 10)
    listener.offer("b", 1)
    async with asyncio.timeout(5):
        with pytest.raises(ListeningEndedError):
            await listener.ended()
        with pytest.raises(ListeningEndedError):
            await listener.next()


async def test_a_listener_that_has_ended_keeps_nothing_and_stays_ended() -> None:
    listener = Listener(10)
    for _ in range(3):
        listener.offer("x" * 100, 100)
        with pytest.raises(ListeningEndedError):
            await asyncio.wait_for(listener.next(), 5)


async def test_the_first_ending_is_the_one_that_is_told() -> None:
    listener = Listener(10)
    listener.offer("x", 1)
    listener.end(CONTINUITY_LOST)
    listener.end(TOO_SLOW)
    for _ in range(2):
        with pytest.raises(ListeningEndedError) as ended:
            await listener.next()
        assert ended.value.ending is CONTINUITY_LOST


async def test_a_reader_waits_until_something_is_offered() -> None:
    listener = Listener(10)
    async with asyncio.timeout(5), asyncio.TaskGroup() as tasks:
        reading = tasks.create_task(listener.next())
        await asyncio.sleep(0)
        assert not reading.done()
        listener.offer("x", 1)
    assert reading.result() == "x"
