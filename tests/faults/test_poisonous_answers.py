"""An answer stalls or kills every worker that renders it: it alone is given up, once, for good."""

import signal
from typing import Final

import pytest

from services.ai.jobs.parking import list_parked
from services.shared.bus.subjects import job_subject
from tests.faults.bus_audit import attempts_logged, attempts_published, has_come_back
from tests.faults.endpoints import base_url
from tests.faults.keeper import keeping
from tests.faults.killer import answers_in_work
from tests.faults.natter import Natter
from tests.faults.poisoned_worker import DIES, HANGS, STANDS_STILL, STATUS
from tests.faults.recorded import results_recorded
from tests.faults.service_process import ServiceProcess
from tests.support.chatting.answer_audit import Findings, audit_answers
from tests.support.chatting.asking import Asker
from tests.support.chatting.chat import Chat
from tests.support.chatting.stored import Stored
from tests.support.endpoints import ModelServer
from tests.support.figures import show
from tests.support.waiting import until

POISONED: Final = "tests.faults.poisoned_worker"
INNOCENT: Final = 6
SECONDS: Final = 240.0
# One more is lost to ending the answer with its text, before it is ended without.
ENDING: Final = 1


@pytest.mark.parametrize(
    ("poison", "status", "deliveries"),
    [(DIES, STATUS, 5), (HANGS, -signal.SIGPROF, 3)],
    ids=["dies", "hangs"],
)
async def test_a_job_that_ends_its_workers_is_parked_and_the_rest_goes_on(
    natter: Natter,
    endpoint: ServiceProcess,
    oracle: ModelServer,
    poison: str,
    status: int,
    deliveries: int,
) -> None:
    bad, *chats = [await natter.chat() for _ in range(1 + INNOCENT)]
    asker = Asker(oracle, natter.random)
    async with (
        natter.working(
            base_url(endpoint), 2, module=POISONED, max_deliveries=deliveries
        ) as workers,
        keeping(workers) as keeper,
        natter.reading(bad, *chats) as pages,
    ):
        for chat in chats:
            await asker.ask(chat, "Please count to 300")
        given_up = await _poison(bad, poison)
        for chat in chats:
            await asker.ask(chat, "Show me some code")
        await asker.until_ended()
        (stored,) = await bad.until_ended([given_up], SECONDS)
        # The last that hangs may do so when another has given the answer up.
        await keeper.until_ended(deliveries + ENDING)
        findings = await audit_answers(asker.asked, pages)
        _report(natter, f"answer {poison} ends its workers", asker, findings)
    assert keeper.ends == [status] * (deliveries + ENDING)
    await _check_given_up(natter, bad, stored, deliveries)
    findings.check()


async def test_a_job_that_stops_its_workers_is_parked_and_the_rest_goes_on(
    natter: Natter, endpoint: ServiceProcess, oracle: ModelServer
) -> None:
    """Nobody starts a process again that was stopped (SIGSTOP): in the end, all go on."""
    deliveries = 3
    bad, *chats = [await natter.chat() for _ in range(1 + INNOCENT)]
    asker = Asker(oracle, natter.random)
    async with (
        natter.working(
            base_url(endpoint),
            deliveries + ENDING + 1,
            module=POISONED,
            max_deliveries=deliveries,
        ) as workers,
        natter.reading(bad, *chats) as pages,
    ):
        for chat in chats:
            await asker.ask(chat, "Please count to 300")
        given_up = await _poison(bad, STANDS_STILL)
        await asker.until_ended()
        (stored,) = await bad.until_ended([given_up], SECONDS)
        assert sum(worker.is_frozen for worker in workers) == deliveries + ENDING
        for worker in workers:
            worker.thaw()
        await _until_idle(workers)
        for chat in chats:
            await asker.ask(chat, "Show me some code")
        await asker.until_ended()
        findings = await audit_answers(asker.asked, pages)
        _report(natter, "answer stops its workers (SIGSTOP)", asker, findings)
    await _check_given_up(natter, bad, stored, deliveries)
    findings.check()


async def _poison(chat: Chat, char: str) -> int:
    return await chat.send(f"/echo Some words first, and then {char} and some more.")


async def _until_idle(workers: list[ServiceProcess]) -> None:
    """Wait until those that went on have noticed that they lost everything."""

    async def are_idle() -> bool:
        for worker in workers:
            await worker.until_ready()
        return not any([await answers_in_work(worker) for worker in workers])

    await until(are_idle, seconds=SECONDS)


async def _check_given_up(natter: Natter, chat: Chat, stored: Stored, deliveries: int) -> None:
    """It failed, it is parked, and nothing of it was written again once another had written."""
    parked = await list_parked(natter.bus)
    published = await attempts_published(natter.bus, chat.number, stored.id)
    logged = await attempts_logged(natter.bus, stored.id)
    assert (stored.status, stored.error) == ("failed", "interrupted")
    assert [(job.subject, job.deliveries) for job in parked] == [
        (job_subject(stored.id), deliveries + 1)
    ]
    assert not has_come_back(logged), logged
    assert not has_come_back(published), published
    assert results_recorded(natter.web, stored.id) == 1


def _report(natter: Natter, what: str, asker: Asker, findings: Findings) -> None:
    """Say what was found, and hold each answer to one result."""
    results = [results_recorded(natter.web, asked.answer) for asked in asker.asked]
    show(
        f"{what}: answers beside it {findings.answers}, results {sum(results)}, faults"
        f" {len(findings.faults)}, pages loaded again {findings.reloads}"
    )
    assert results == [1] * len(asker.asked)
