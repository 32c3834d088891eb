"""What an attempt publishes to the pages: not a word once another one has the answer."""

import asyncio

import pytest
from markupsafe import Markup

from services.ai.answers import answer_log
from services.ai.answers.answer_log import AnswerLog, FencedError
from services.ai.answers.broadcast import Broadcast
from services.shared.bus.connection import Bus
from services.shared.bus.fence import Fence
from services.shared.bus.stored_messages import read_last
from services.shared.bus.streams import declare_streams
from services.shared.bus.subjects import AI_TEXT, TURBO_STREAM, text_subject, turbo_stream_subject
from services.shared.markdown import Change
from services.shared.pages.rendering import Renderer
from tests.support.answers import GROUP, publications

CHANGES = [Change("append", "message_7_done", Markup("<p>one</p>"))]


def _log(bus: Bus, attempt: str, sequence: int = 0) -> AnswerLog:
    return AnswerLog(bus, 7, run=1, job=1, attempt=attempt, sequence=sequence)


def _broadcast(log: AnswerLog) -> Broadcast:
    fence = Fence(log.bus, turbo_stream_subject(GROUP), log.assure, log.confirm)
    return Broadcast(fence, Renderer(), log.attempt)


async def test_whoever_stood_still_and_was_overtaken_publishes_nothing(
    web_bus: Bus, ai_bus: Bus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answer_log, "DOUBT_SECONDS", 0.0)
    first = _log(ai_bus, "1-1")
    await first.begin()
    await _broadcast(first).grow(CHANGES)
    await _log(ai_bus, "1-2", first.sequence).begin()
    with pytest.raises(FencedError):
        await _broadcast(first).grow(CHANGES)
    assert len(await publications(web_bus)) == 1


async def test_whoever_is_overtaken_a_moment_ago_publishes_nothing_behind_the_other(
    web_bus: Bus, ai_bus: Bus
) -> None:
    first = _log(ai_bus, "1-1")
    await first.begin()
    old = _broadcast(first)
    await old.grow(CHANGES)
    second = _log(ai_bus, "1-2", first.sequence)
    await second.begin()
    await _broadcast(second).grow(CHANGES)
    with pytest.raises(FencedError):
        await old.grow(CHANGES)
    assert len(await publications(web_bus)) == 2


async def test_what_waits_for_the_bus_is_given_up_when_another_takes_over(
    web_bus: Bus, ai_bus: Bus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answer_log, "DOUBT_SECONDS", 0.0)
    first = _log(ai_bus, "1-1")
    await first.begin()
    await web_bus.jetstream.delete_stream(TURBO_STREAM)

    async def is_given_up() -> None:
        with pytest.raises(FencedError):
            await _broadcast(first).grow(CHANGES)

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(is_given_up())
        await asyncio.sleep(0)
        newest = await read_last(ai_bus, AI_TEXT, text_subject(first.message_id))
        assert newest is not None
        second = _log(ai_bus, "1-2", newest.sequence)
        await second.begin()
    await declare_streams(web_bus.jetstream)
    await _broadcast(second).grow(CHANGES)
    assert len(await publications(web_bus)) == 1


async def test_what_waits_for_the_bus_is_published_once_it_is_back(
    web_bus: Bus, ai_bus: Bus
) -> None:
    log = _log(ai_bus, "1-1")
    await log.begin()
    await web_bus.jetstream.delete_stream(TURBO_STREAM)
    async with asyncio.TaskGroup() as tasks:
        growing = tasks.create_task(_broadcast(log).grow(CHANGES))
        await asyncio.sleep(0)
        await declare_streams(web_bus.jetstream)
    assert growing.result() == 1
    assert len(await publications(web_bus)) == 1
