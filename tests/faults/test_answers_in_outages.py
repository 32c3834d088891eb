"""The bus or the database goes away in the middle of answers: nothing of them is missing."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.faults.endpoints import base_url, running_endpoint
from tests.faults.killer import is_growing
from tests.faults.natter import Natter, running_natter
from tests.faults.postgres_process import PostgresProcess, running_database
from tests.faults.service_process import ServiceProcess
from tests.support.chatting.answer_audit import audit_answers
from tests.support.chatting.asking import Asker
from tests.support.endpoints import ModelServer
from tests.support.figures import show
from tests.support.http import BROWSER
from tests.support.waiting import passed, until

OUTAGE_SECONDS = 20.0
RESTARTS = 3


@pytest.mark.parametrize("way", ["SIGTERM", "SIGKILL"])
async def test_a_bus_that_is_restarted_costs_answers_nothing(
    natter: Natter, endpoint: ServiceProcess, oracle: ModelServer, way: str
) -> None:
    chats = [await natter.chat() for _ in range(3)]
    asker = Asker(oracle, natter.random)
    async with (
        natter.working(base_url(endpoint), 2, max_deliveries=1000),
        natter.reading(*chats) as pages,
    ):
        for chat in chats:
            await asker.ask(chat, "Something long, please")
        for _ in range(RESTARTS):
            await passed(natter.random.uniform(0.5, 2.5))
            await asyncio.to_thread(natter.nats.kill if way == "SIGKILL" else natter.nats.end)
            await passed(natter.random.uniform(0.0, 1.0))
            await asyncio.to_thread(natter.nats.begin)
        await asker.until_ended()
        findings = await audit_answers(asker.asked, pages)
        show(
            f"nats-server restarted ({way}) in mid-answer, {RESTARTS} times: answers"
            f" {findings.answers}, characters {findings.characters}, faults {len(findings.faults)},"
            f" pages loaded again {findings.reloads}, longest pause"
            f" {max(page.growth.longest_pause() for page in pages):.2f} s"
        )
        findings.check()


@pytest.fixture
def database(tmp_path: Path) -> Iterator[PostgresProcess]:
    """A PostgreSQL of the test's own, which it may stop."""
    with running_database(tmp_path / "pg") as database:
        yield database


@pytest_asyncio.fixture
async def own_natter(tmp_path: Path, database: PostgresProcess) -> AsyncIterator[Natter]:
    """A Natter on that."""
    async with running_natter(tmp_path, database.url, seed=7) as natter:
        yield natter


async def test_answers_go_on_while_the_database_is_away(
    own_natter: Natter, database: PostgresProcess, tmp_path: Path, oracle: ModelServer
) -> None:
    natter = own_natter
    short, long = [await natter.chat() for _ in range(2)]
    asker = Asker(oracle, natter.random)
    async with (
        running_endpoint(tmp_path, {"tokens_per_second": 120}) as endpoint,
        natter.working(base_url(endpoint)),
        natter.reading(short, long) as pages,
    ):
        asked = [await asker.ask(short, "Please count to 300"), await asker.ask(long, "long")]

        async def are_growing() -> bool:
            return all(is_growing(page, one.answer) for page, one in zip(pages, asked, strict=True))

        await until(are_growing)
        before = [len(page.text_of(one.answer)) for page, one in zip(pages, asked, strict=True)]
        await asyncio.to_thread(database.end)
        answer = await natter.http.get(f"/chat/{short.number}/message/list/", headers=BROWSER)
        await passed(OUTAGE_SECONDS)
        grown = [len(page.text_of(one.answer)) for page, one in zip(pages, asked, strict=True)]
        await asyncio.to_thread(database.begin)
        await asker.until_ended()
        findings = await audit_answers(asker.asked, pages)
        show(
            f"PostgreSQL stopped for {OUTAGE_SECONDS:.0f} s in mid-answer: answers"
            f" {findings.answers}, characters on the page before {before} and at its end {grown},"
            f" a page meanwhile: {answer.status_code}, faults {len(findings.faults)}"
        )
        assert answer.status_code == 503
        assert "retry-after" in answer.headers
        assert all(now > then for now, then in zip(grown, before, strict=True))
        findings.check()
