"""A worker that was off the bus and lost its job meanwhile: it publishes not another byte of it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
from markupsafe import Markup
from structlog.testing import capture_logs

from deploy.local.nats_server import NatsServer
from services.ai.answers.answer_log import DOUBT_SECONDS, AnswerLog, FencedError
from services.ai.answers.broadcast import Broadcast
from services.shared.bus.connection import Bus, open_bus
from services.shared.bus.fence import Fence
from services.shared.bus.stored_messages import read_all
from services.shared.bus.subjects import TURBO_STREAM, turbo_stream_subject
from services.shared.markdown import Change
from services.shared.pages.rendering import Renderer
from tests.faults.cutter import Cutter, cutting
from tests.integration.ai.test_stops import until_longer
from tests.integration.ai.test_worker import working
from tests.integration.bus.test_bus import until_connected
from tests.support.answers import GROUP, normalized, shown, submit, take_result
from tests.support.endpoints import running_demo
from tests.support.rendered import plain
from tests.support.waiting import passed, until

# Two minutes of it where it is written slowly: nobody has to be quick to cut the link in time.
TEXT = "one word more and " * 600


@asynccontextmanager
async def link_to(server: NatsServer) -> AsyncIterator[tuple[Cutter, NatsServer]]:
    """Give a link to the server that can be cut, and the server as it is seen through it."""
    async with cutting(f"127.0.0.1:{server.port}") as link:
        yield link, replace(server, port=int(link.address.rpartition(":")[2]))


def _log(bus: Bus, attempt: str, sequence: int = 0) -> AnswerLog:
    return AnswerLog(bus, 7, run=1, job=1, attempt=attempt, sequence=sequence)


async def _show(log: AnswerLog, html: str) -> None:
    fence = Fence(log.bus, turbo_stream_subject(GROUP), log.assure, log.confirm)
    broadcast = Broadcast(fence, Renderer(), log.attempt)
    await broadcast.grow([Change("append", "message_7_done", Markup(html))])  # noqa: S704 - a constant


async def _publishers(bus: Bus) -> list[str]:
    """Return which attempts have published, in order, neighbours taken together."""
    stored = await read_all(bus, TURBO_STREAM, turbo_stream_subject(GROUP))
    attempts = [message.headers["Nats-Msg-Id"].rpartition("-")[0] for message in stored]
    return [
        attempt
        for before, attempt in zip(["", *attempts], attempts, strict=False)
        if attempt != before
    ]


async def test_what_was_to_be_shown_during_an_outage_is_not_shown_by_who_was_overtaken(
    nats_server: NatsServer, web_bus: Bus, ai_bus: Bus
) -> None:
    async with (
        link_to(nats_server) as (link, seen),
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
        assert await _publishers(web_bus) == ["answer-1-2"]


async def _is_fenced(log: AnswerLog) -> bool:
    with pytest.raises(FencedError):
        await _show(log, "<p>old</p>")
    return True


@pytest.mark.parametrize("begin", [Cutter.cut, Cutter.hold])
async def test_a_worker_that_comes_back_and_has_lost_its_job_publishes_nothing(
    nats_server: NatsServer, web_bus: Bus, begin: Callable[[Cutter], None]
) -> None:
    with capture_logs() as logs:
        async with (
            running_demo(tokens_per_second=20) as slow,
            running_demo() as fast,
            link_to(nats_server) as (link, seen),
        ):
            await submit(web_bus, 7, f"/echo {TEXT}")
            async with working(seen, slow):
                await until_longer(web_bus, 50)
                begin(link)
                async with working(nats_server, fast):
                    await _until_published_by_another(web_bus)
                    link.restore()

                    async def is_told() -> bool:
                        return any(entry["event"] == "job_lost_to_another" for entry in logs)

                    await until(is_told)
                    result = await take_result(web_bus)
    assert result.text == TEXT
    # A delivery that was under way may give the job to a third attempt, which is one of its own.
    attempts = await _publishers(web_bus)
    assert len(attempts) == len(set(attempts)) > 1
    page = await shown(web_bus, 7)
    assert page.done == normalized(plain(TEXT, id_prefix="message_7"))


async def _until_published_by_another(bus: Bus) -> None:
    async def is_so() -> bool:
        return len(await _publishers(bus)) > 1

    await until(is_so)
