"""From the click on Stop to the endpoint's connection closed, wherever the answer is."""

import time

from services.shared.bus.answer_log import read_answer_log
from tests.faults.endpoints import base_url, counts, until_closed
from tests.faults.killer import Killer, is_growing
from tests.faults.natter import Natter
from tests.faults.service_process import ServiceProcess
from tests.support.chatting.answer_audit import Findings, audit_page
from tests.support.chatting.chat import Chat
from tests.support.chatting.reader import ChatPage
from tests.support.figures import milliseconds, show
from tests.support.waiting import until

STOPS = 20
TAKEOVERS = 5
QUEUED = 5
QUESTION = "Something long, please"
TARGET = "(target 100 ms)"


async def test_a_click_on_stop_closes_the_upstream(
    natter: Natter, endpoint: ServiceProcess
) -> None:
    chat = await natter.chat()
    times: list[float] = []
    async with natter.working(base_url(endpoint), 2), natter.reading(chat) as (page,):
        for _ in range(STOPS):
            answer = await chat.send(QUESTION)
            await _until_growing(page, answer, natter.random.randint(1, 20))
            times.append(await _stop(chat, answer, endpoint))
            await _check_stopped(chat, page, answer)
        await _report("stop: click to upstream closed", page, times)


async def test_a_stop_right_after_a_takeover_closes_the_upstream(
    natter: Natter, endpoint: ServiceProcess
) -> None:
    chat = await natter.chat()
    times: list[float] = []
    async with natter.working(base_url(endpoint), 2) as workers, natter.reading(chat) as (page,):
        killer = Killer(workers, [page], natter.random)
        for _ in range(TAKEOVERS):
            answer = await chat.send(QUESTION)
            await _until_growing(page, answer, 5)
            await killer.kill_one()
            times.append(await _stop(chat, answer, endpoint))
            await _check_stopped(chat, page, answer)
        await _report("stop right after a takeover: click to upstream closed", page, times)


async def test_a_stop_while_nobody_has_the_answer_is_obeyed_by_its_successor(
    natter: Natter, endpoint: ServiceProcess
) -> None:
    """The worker is dead and no other has noticed: the stop is kept for its successor."""
    chat = await natter.chat()
    async with (
        natter.working(base_url(endpoint), 2) as workers,
        natter.reading(chat) as (page,),
    ):
        answer = await chat.send(QUESTION)
        await _until_growing(page, answer, 10)
        for worker in workers:
            worker.kill()
        await chat.ask(answer, "stop")
        logged = await read_answer_log(natter.bus, answer)
        for worker in workers:
            worker.begin()
        (stored,) = await chat.until_ended([answer])
        assert logged is not None
        assert (stored.status, stored.content) == ("stopped", logged.text)
        assert logged.text
        await _report("stop while the worker is dead", page, [])


async def test_a_queued_answer_stops_at_once_while_every_worker_is_busy(
    natter: Natter, endpoint: ServiceProcess
) -> None:
    busy, waiting = [await natter.chat() for _ in range(2)]
    times: list[float] = []
    async with (
        natter.working(base_url(endpoint), 1, max_answers=1),
        natter.reading(busy, waiting) as pages,
    ):
        running = await busy.send(QUESTION)
        await _until_growing(pages[0], running, 1)
        for _ in range(QUEUED):
            answer = await waiting.send(QUESTION)
            click = time.monotonic()
            await waiting.ask(answer, "stop")
            (stored,) = await waiting.until_ended([answer])
            times.append(time.monotonic() - click)
            assert (stored.status, stored.content) == ("stopped", "")
        started = (await counts(endpoint)).started
        times.append(await _stop(busy, running, endpoint))
        other = await natter.chat()
        later = await other.send("/echo after that")
        (stored,) = await other.until_ended([later])
        assert (stored.status, stored.content) == ("complete", "after that")
        # Titles are asked for as well; none of the long answers is.
        assert (await counts(endpoint)).started - started <= 3
        await _report("stop of a queued answer: click to stopped", pages[1], times)


async def _stop(chat: Chat, answer: int, endpoint: ServiceProcess) -> float:
    """Press Stop; return how many seconds later the endpoint lost its client."""
    before = await counts(endpoint)
    click = time.monotonic()
    await chat.ask(answer, "stop")
    return (await until_closed(endpoint, before)).closed - click


async def _until_growing(page: ChatPage, answer: int, updates: int) -> None:
    async def has_grown() -> bool:
        return is_growing(page, answer) and len(page.growth.moments[answer]) >= updates

    await until(has_grown)


async def _check_stopped(chat: Chat, page: ChatPage, answer: int) -> None:
    """What was shown of it stays, in the database and on the page."""
    shown = len(page.text_of(answer))
    (stored,) = await chat.until_ended([answer])
    assert stored.status == "stopped", stored
    assert stored.content
    assert shown > 0


async def _report(what: str, page: ChatPage, times: list[float]) -> None:
    findings = Findings()
    await audit_page(page, findings)
    figures = f"{milliseconds(times)} {TARGET}, " if times else ""
    show(f"{what}: {figures}faults {len(findings.faults)}")
    findings.check()
