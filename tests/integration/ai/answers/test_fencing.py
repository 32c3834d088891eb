"""An attempt that another one has overtaken publishes nothing more, however it was held up."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
from markupsafe import Markup
from structlog.testing import capture_logs

from deploy.local.nats_server import NatsServer
from services.ai.answers import answer_log
from services.ai.answers.answer_log import DOUBT_SECONDS, AnswerLog, FencedError
from services.ai.answers.broadcast import Broadcast
from services.shared.bus.connection import Bus, open_bus
from services.shared.bus.fence import Fence
from services.shared.bus.stored_messages import read_all
from services.shared.bus.stream_management import declare_streams
from services.shared.bus.subjects import TURBO_STREAM, turbo_stream_subject
from services.shared.markdown import Change
from services.shared.pages.rendering import Renderer
from tests.faults.cutter import Cutter, cutting
from tests.integration.ai.workers import Workers, fresh, until_longer, working
from tests.integration.bus.test_bus import until_connected
from tests.support.answers import GROUP, publications, submit
from tests.support.endpoints import running_demo
from tests.support.waiting import passed, until

# Two minutes of text where it is written slowly: nothing has to be quick to cut the link in time.
TEXT = "one word more and " * 600


@asynccontextmanager
async def link_to(server: NatsServer) -> AsyncIterator[tuple[Cutter, NatsServer]]:
    """Give a link to the server that can be cut, and the server behind that link."""
    async with cutting(f"127.0.0.1:{server.port}") as link:
        yield link, replace(server, port=int(link.address.rpartition(":")[2]))


def _log(bus: Bus, attempt: str, sequence: int = 0) -> AnswerLog:
    return AnswerLog(bus, 7, run=1, job=1, attempt=attempt, sequence=sequence)


def _broadcast(log: AnswerLog) -> Broadcast:
    fence = Fence(log.bus, turbo_stream_subject(GROUP), log.assure, log.confirm)
    return Broadcast(fence, Renderer(), log.attempt)


def _change(html: str) -> Change:
    return Change("append", "message_7_done", Markup(html))  # noqa: S704 - a constant


async def _show(log: AnswerLog, html: str) -> int:
    return await _broadcast(log).grow([_change(html)])


async def _publishers(bus: Bus) -> list[str]:
    """Return which attempts have published, in order, without repeats."""
    stored = await read_all(bus, TURBO_STREAM, turbo_stream_subject(GROUP))
    attempts = [message.headers["Nats-Msg-Id"].rpartition("-")[0] for message in stored]
    return [
        attempt
        for before, attempt in zip(["", *attempts], attempts, strict=False)
        if attempt != before
    ]


async def test_an_overtaken_attempt_does_not_show_what_waited_during_an_outage(
    workers: Workers, ai_bus: Bus
) -> None:
    async with (
        link_to(workers.nats) as (link, seen),
        open_bus(seen.url("ai"), name="test-cut-off") as cut_off,
    ):
        first = _log(cut_off, "1-1")
        await first.begin()
        link.cut()
        await until_connected(cut_off, expected=False)
        async with asyncio.TaskGroup() as tasks:
            showing = tasks.create_task(_is_fenced(first))
            second = _log(ai_bus, "1-2", first.sequence)
            await second.begin()
            await _show(second, "<p>new</p>")
            await passed(DOUBT_SECONDS)
            link.restore()
        assert showing.result()
        assert await _publishers(workers.bus) == ["answer-1-2"]


async def _is_fenced(log: AnswerLog) -> bool:
    with pytest.raises(FencedError):
        await _show(log, "<p>old</p>")
    return True


@pytest.mark.parametrize("begin", [Cutter.cut, Cutter.hold])
async def test_a_worker_that_comes_back_and_has_lost_its_job_publishes_nothing(
    workers: Workers, begin: Callable[[Cutter], None]
) -> None:
    with capture_logs() as logs:
        async with (
            running_demo(tokens_per_second=20) as slow,
            running_demo() as fast,
            link_to(workers.nats) as (link, seen),
        ):
            await submit(workers.bus, 7, f"/echo {TEXT}")
            async with working(seen, slow):
                await until_longer(workers.bus, 50)
                begin(link)
                async with workers.working(fast):
                    await _until_published_by_another(workers.bus)
                    link.restore()

                    async def is_told() -> bool:
                        return any(entry["event"] == "job_lost_to_another" for entry in logs)

                    await until(is_told)
                    result, page = await workers.ended()
    assert result.text == TEXT
    # A delivery that was under way may start a third attempt.
    attempts = await _publishers(workers.bus)
    assert len(attempts) == len(set(attempts)) > 1
    assert page.done == fresh(TEXT)


async def _until_published_by_another(bus: Bus) -> None:
    async def is_so() -> bool:
        return len(await _publishers(bus)) > 1

    await until(is_so)


async def test_an_attempt_that_stood_still_and_was_overtaken_publishes_nothing(
    web_bus: Bus, ai_bus: Bus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answer_log, "DOUBT_SECONDS", 0.0)
    first = _log(ai_bus, "1-1")
    await first.begin()
    await _show(first, "<p>one</p>")
    await _log(ai_bus, "1-2", first.sequence).begin()
    with pytest.raises(FencedError):
        await _show(first, "<p>one</p>")
    assert len(await publications(web_bus)) == 1


async def test_an_attempt_that_was_just_overtaken_publishes_nothing_after_the_other(
    web_bus: Bus, ai_bus: Bus
) -> None:
    first = _log(ai_bus, "1-1")
    await first.begin()
    old = _broadcast(first)
    await old.grow([_change("<p>one</p>")])
    second = _log(ai_bus, "1-2", first.sequence)
    await second.begin()
    await _show(second, "<p>two</p>")
    with pytest.raises(FencedError):
        await old.grow([_change("<p>late</p>")])
    assert len(await publications(web_bus)) == 2


async def test_what_waits_for_the_bus_is_published_once_it_is_back(
    web_bus: Bus, ai_bus: Bus
) -> None:
    log = _log(ai_bus, "1-1")
    await log.begin()
    await web_bus.jetstream.delete_stream(TURBO_STREAM)
    async with asyncio.TaskGroup() as tasks:
        growing = tasks.create_task(_show(log, "<p>one</p>"))
        await asyncio.sleep(0)
        await declare_streams(web_bus.jetstream)
    assert growing.result() == 1
    assert len(await publications(web_bus)) == 1
