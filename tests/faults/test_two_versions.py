"""The version before and this one side by side, in either direction, on the schema of this one."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import asyncpg
import pytest

from services.web.db.migrate import migrate
from tests.faults.cluster import Cluster, running_cluster
from tests.faults.conftest import SEEDS
from tests.faults.deployment import Deployment
from tests.faults.endpoints import base_url
from tests.faults.killer import is_growing
from tests.faults.readers import chance, keep_visiting, listening
from tests.faults.service_process import ServiceProcess
from tests.support.chatting.answer_audit import Findings, audit_answers
from tests.support.chatting.asking import Asker, asking
from tests.support.chatting.reader import ChatPage
from tests.support.elements import parse
from tests.support.endpoints import ModelServer
from tests.support.figures import show
from tests.support.gateways import ROOT
from tests.support.rendered import without_colours
from tests.support.versions import MIGRATIONS, version_before
from tests.support.waiting import passed, until

CHATS: Final = 4
# Long enough for each of them to have written, and read what the other wrote.
TOGETHER_SECONDS: Final = 6.0
GROWN_UPDATES: Final = 10
MOVING_SECONDS: Final = 60.0
# A worker that dies over an answer again and again is the fault here, not the answer.
AI: Final = {"NATTER_AI_MAX_DELIVERIES": "1000"}


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """The version before this one."""
    return version_before(tmp_path / "before")


@asynccontextmanager
async def used(cluster: Cluster, oracle: ModelServer, what: str) -> AsyncIterator[list[ChatPage]]:
    """Ask, read and open pages while the body runs; then nobody has noticed anything."""
    chats = [await cluster.chat() for _ in range(CHATS)]
    pages = [
        ChatPage(
            chat.number,
            cluster.http,
            chance(cluster.random),
            gateways=cluster.realtime.balancer.pick,
        )
        for chat in chats
    ]
    async with listening(pages), asyncio.TaskGroup() as tasks:
        numbers = [chat.number for chat in chats]
        visiting = tasks.create_task(keep_visiting(cluster.http, numbers, chance(cluster.random)))
        async with asking(oracle, cluster.random, chats) as asker:
            yield pages
        visiting.cancel()
        findings = await audit_answers(asker.asked, pages, _what_is_said)
        await _audit(cluster, asker, findings)
        show(
            f"{what}: answers {findings.answers}, characters {findings.characters}, requests"
            f" {cluster.ingress.requests}, failed {len(cluster.ingress.failures)}, pages loaded"
            f" again {findings.reloads}, faults {len(findings.faults)}"
        )
        findings.check()
        assert findings.reloads == 0


def _what_is_said(html: str) -> str:
    """Return the texts of messages; each version has buttons of its own beside them."""
    texts = (each for each in parse(html).tree() if (each.id or "").endswith(("_done", "_tail")))
    return without_colours("".join(each.html() for each in texts))


async def _audit(cluster: Cluster, asker: Asker, findings: Findings) -> None:
    findings.faults += cluster.ingress.failures
    for asked in asker.asked:
        if (await asked.chat.message(asked.answer)).restarted:
            findings.faults.append(f"message {asked.answer} began anew")


@pytest.mark.parametrize("of_before", [("web", "realtime"), ("ai",)], ids=" ".join)
async def test_services_of_two_versions_work_together(
    tmp_path: Path,
    database_url: str,
    endpoint: ServiceProcess,
    oracle: ModelServer,
    old: Path,
    of_before: Sequence[str],
) -> None:
    seed = secrets.randbelow(SEEDS)
    async with (
        running_cluster(
            tmp_path,
            database_url,
            base_url(endpoint),
            seed,
            replicas=1,
            before=old,
            of_before=of_before,
            ai=AI,
        ) as cluster,
        used(cluster, oracle, f"{', '.join(of_before)} of the version before"),
    ):
        await passed(TOGETHER_SECONDS)


async def test_a_new_version_comes_and_the_one_before_comes_back(
    tmp_path: Path,
    empty_database_url: str,
    endpoint: ServiceProcess,
    oracle: ModelServer,
    old: Path,
) -> None:
    await migrate(empty_database_url, old / MIGRATIONS)
    seed = secrets.randbelow(SEEDS)
    async with running_cluster(
        tmp_path,
        empty_database_url,
        base_url(endpoint),
        seed,
        replicas=1,
        before=old,
        of_before=("web", "realtime", "ai"),
        ai=AI,
    ) as cluster:
        async with used(cluster, oracle, "new version beside the old, and back again") as pages:
            assert await migrate(empty_database_url)
            for deployment in cluster.deployments:
                await _add(deployment, ROOT)
            await passed(TOGETHER_SECONDS)
            # Each takes over from the other one.
            for version in (old, ROOT):
                await _kill_while_growing(cluster.ai, version, pages)
            for version in (ROOT, old):
                for deployment in cluster.deployments:
                    await deployment.roll(version)
                await passed(TOGETHER_SECONDS)
        assert {replica.version for replica in cluster.web.replicas} == {old}
    assert await _columns_of_this_version(empty_database_url)


async def _add(deployment: Deployment, version: Path) -> None:
    deployment.version = version
    await deployment.add()


async def _kill_while_growing(
    workers: Deployment, version: Path, pages: Sequence[ChatPage]
) -> None:
    """Leave the work to workers of this version, kill them, and have the others go on with it."""
    for replica in list(workers.replicas):
        if replica.version != version:
            await workers.remove(replica)
    victims = list(workers.replicas)
    await _until_all_have_grown(pages)
    await _add(workers, ROOT if victims[0].version != ROOT else workers.gone[-1].version)
    for victim in victims:
        victim.kill()
        workers.replicas.remove(victim)
    await _until_all_have_grown(pages)


async def _until_all_have_grown(pages: Sequence[ChatPage]) -> None:
    before = [sum(map(len, page.growth.moments.values())) for page in pages]

    async def have_grown() -> bool:
        return all(
            sum(map(len, page.growth.moments.values())) > count + GROWN_UPDATES
            for page, count in zip(pages, before, strict=True)
        ) and any(is_growing(page, message) for page in pages for message in page.growth.moments)

    await until(have_grown, seconds=MOVING_SECONDS)


async def _columns_of_this_version(url: str) -> bool:
    db = await asyncpg.connect(url)
    try:
        await db.execute("SELECT trace_context FROM outbox")
    finally:
        await db.close()
    return True
