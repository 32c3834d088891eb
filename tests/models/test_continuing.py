"""Interrupted answers of a real server: they continue to the same text, or start again."""

from tests.faults.killer import busy_workers
from tests.faults.natter import Natter
from tests.faults.service_process import ServiceProcess
from tests.models.asking import QUESTION, ended, until_begun, whole_answer
from tests.models.servers import Served, Server
from tests.support.chatting.chat import Chat


async def test_a_killed_worker_costs_no_character(
    natter: Natter, served: Served, kind: Server
) -> None:
    whole = await whole_answer(served)
    async with natter.working("", 2, **served.connection(takeover=kind.takeover)) as workers:
        chat, answer, writer = await _writing(natter, workers)
        writer.kill()
        stored = await ended(chat, answer)
    assert (stored.status, stored.content) == ("complete", whole)
    assert stored.restarted is not kind.goes_on


async def test_many_killed_workers_cost_no_character(
    natter: Natter, served: Served, kind: Server
) -> None:
    whole = await whole_answer(served)
    settings = {**served.connection(takeover=kind.takeover), "max_deliveries": 100}
    async with natter.working("", 3, **settings) as workers:
        chat, answer, writer = await _writing(natter, workers)
        writer.kill()
        for more_than in (len(whole) // 3, len(whole) // 2):
            await until_begun(natter, answer, more_than)
            for writer in await busy_workers(workers):
                writer.kill()
                writer.begin()
        stored = await ended(chat, answer)
    assert (stored.status, stored.content) == ("complete", whole)


async def test_a_stopped_answer_goes_on_when_its_reader_wants_that(
    natter: Natter, served: Served, kind: Server
) -> None:
    whole = await whole_answer(served)
    async with natter.working("", 1, **served.connection(takeover=kind.takeover)) as workers:
        while True:
            chat, answer, _ = await _writing(natter, workers)
            await chat.ask(answer, "stop")
            stopped = await ended(chat, answer)
            if stopped.status == "stopped":
                break
        await chat.ask(answer, "continue")
        stored = await ended(chat, answer)
    assert whole.startswith(stopped.content)
    assert stored.status == "complete"
    if kind.goes_on and not kind.thinks:
        assert (stored.content, stored.restarted) == (whole, False)
    else:
        # It was asked in words, or knows no more what it thought: it says something else.
        assert stored.content.startswith(stopped.content) or stored.restarted


async def _writing(
    natter: Natter, workers: list[ServiceProcess]
) -> tuple[Chat, int, ServiceProcess]:
    """Ask until an answer is caught while a worker writes it."""
    while True:
        chat = await natter.chat()
        answer = await chat.send(QUESTION)
        await until_begun(natter, answer)
        for writer in await busy_workers(workers):
            return chat, answer, writer
        await ended(chat, answer)
