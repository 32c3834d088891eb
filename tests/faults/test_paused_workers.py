"""A worker stands still until another has its answer: when it goes on, it writes nothing more."""

from tests.faults.bus_audit import attempts_logged, attempts_published, has_come_back
from tests.faults.endpoints import base_url
from tests.faults.killer import answers_in_work, busy_workers
from tests.faults.natter import Natter
from tests.faults.recorded import results_recorded
from tests.faults.service_process import ServiceProcess
from tests.support.chatting.answer_audit import audit_answers
from tests.support.chatting.asking import Asker
from tests.support.chatting.reader import ChatPage
from tests.support.endpoints import ModelServer
from tests.support.figures import show
from tests.support.waiting import until

ROUNDS = 4
TAKEOVER_SECONDS = 30.0


async def test_a_paused_worker_writes_nothing_more(
    natter: Natter, endpoint: ServiceProcess, oracle: ModelServer
) -> None:
    chat = await natter.chat()
    asker = Asker(oracle, natter.random)
    async with (
        natter.working(base_url(endpoint), 2, max_deliveries=1000) as workers,
        natter.reading(chat) as (page,),
    ):
        asked = await asker.ask(chat, "Something long, please")
        for _ in range(ROUNDS):
            await _grow(page, asked.answer, natter.random.randint(1, 30))
            (paused,) = await busy_workers(workers)
            paused.freeze()
            await _grow(page, asked.answer, 40)
            paused.thaw()
            await _until_idle(paused)
        await asker.until_ended()
        logged = await attempts_logged(natter.bus, asked.answer)
        published = await attempts_published(natter.bus, chat.number, asked.answer)
        results = results_recorded(natter.web, asked.answer)
        findings = await audit_answers(asker.asked, [page])
        show(
            f"worker paused (SIGSTOP) past its ack and resumed: rounds {ROUNDS}, attempts that"
            f" published {len(set(published))}, turns {len(published)}, results {results},"
            f" faults {len(findings.faults)}"
        )
        assert len(set(published)) > ROUNDS
        assert not has_come_back(logged), logged
        assert not has_come_back(published), published
        assert results == 1
        findings.check()


async def _grow(page: ChatPage, message: int, updates: int) -> None:
    """Wait until a message has grown so often, after it stood still if it must."""
    count = len(page.growth.moments[message]) + updates

    async def has_grown() -> bool:
        return len(page.growth.moments[message]) >= count

    await until(has_grown, seconds=TAKEOVER_SECONDS)


async def _until_idle(worker: ServiceProcess) -> None:
    """Wait until a worker has noticed that it lost its answer."""

    async def is_idle() -> bool:
        return await answers_in_work(worker) == 0

    await until(is_idle, seconds=TAKEOVER_SECONDS)
