"""A new version while 50 answers stream to 500 readers: nobody notices that anything was replaced.

Every replica is replaced, one after the other, as a Deployment does it, and the schema is expanded
meanwhile. Readers reload no page and see no error, and nobody sends a form twice.
"""

import asyncio
import secrets
import statistics
import sys
from collections import Counter
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from tests.faults.cluster import Cluster, running_cluster
from tests.faults.conftest import SEEDS
from tests.faults.endpoints import base_url, running_endpoint
from tests.faults.lag import Lag, measuring_lag
from tests.faults.readers import (
    Listener,
    chance,
    keep_visiting,
    listening,
    out_of_step,
    silences,
)
from tests.support.chatting.answer_audit import Findings, audit_answers
from tests.support.chatting.asking import Asker
from tests.support.chatting.chat import Chat
from tests.support.chatting.reader import ChatPage
from tests.support.endpoints import ModelServer
from tests.support.figures import show
from tests.support.versions import version_after
from tests.support.waiting import passed, until

CHATS: Final = 50
READERS: Final = 10
VISITORS: Final = 2
# All in short blocks: the open end of a long one is shown less and less often, whatever happens.
QUESTIONS: Final = (
    "Please count to 150",
    "Please count to 200",
    "/echo " + "\n\n".join(f"Part {number}: *Ünï* 😀 `code` ~~no~~" for number in range(60)),
)
# So many tokens a second, five frames of them, are what 500 readers in one process can follow.
SPEED: Final = {"tokens_per_second": 12}
FLUSH: Final = {"NATTER_AI_FLUSH_MS": "200"}
STEADY_SECONDS: Final = 8.0
LOOK_SECONDS: Final = 1.0
# The server's own word that a gateway drains.
DRAINED: Final = "4000 retry"


@dataclass(slots=True)
class Phases:
    """When what was done, on the loop's clock."""

    spans: dict[str, tuple[float, float]] = field(default_factory=dict)

    async def during(self, name: str, work: Awaitable[object]) -> None:
        """Do it, and take down from when to when."""
        clock = asyncio.get_running_loop().time
        begun = clock()
        await work
        self.spans[name] = (begun, clock())


async def test_zero_downtime_through_a_new_version(
    tmp_path: Path, database_url: str, oracle: ModelServer
) -> None:
    seed = secrets.randbelow(SEEDS)
    show(f"seed {seed}")
    after = version_after(tmp_path / "after")
    async with (
        running_endpoint(tmp_path, SPEED) as endpoint,
        running_cluster(tmp_path, database_url, base_url(endpoint), seed, ai=FLUSH) as cluster,
    ):
        chats = [await cluster.chat() for _ in range(CHATS)]
        numbers = [chat.number for chat in chats]
        pages = [_page(cluster, chat) for chat in chats]
        listeners = [_listener(cluster, chat) for chat in chats for _ in range(READERS - 1)]
        asker = Asker(oracle, cluster.random)
        phases = Phases()
        async with (
            measuring_lag() as lag,
            listening([*pages, *listeners]),
            asyncio.TaskGroup() as tasks,
        ):
            asking = [tasks.create_task(_keep_asking(asker, chat)) for chat in chats]
            visiting = [
                tasks.create_task(keep_visiting(cluster.http, numbers, chance(cluster.random)))
                for _ in range(VISITORS)
            ]
            await _until_all_grow(pages)
            await phases.during("steady", passed(STEADY_SECONDS))
            await phases.during("migrate", _migrate(cluster, after))
            for deployment in cluster.deployments:
                await phases.during(deployment.name, deployment.roll(after))
            asker.enough.set()
            await asyncio.wait(asking)
            for visitor in visiting:
                visitor.cancel()
            findings = await audit_answers(asker.asked, pages)
            await _audit(cluster, asker, [*pages, *listeners], findings)
            findings.faults += await _until_in_step(cluster, listeners)
            _report(cluster, phases, [*pages, *listeners], findings, lag)
    findings.check()


def _page(cluster: Cluster, chat: Chat) -> ChatPage:
    gateways = cluster.realtime.balancer.pick
    return ChatPage(chat.number, cluster.http, chance(cluster.random), gateways=gateways)


def _listener(cluster: Cluster, chat: Chat) -> Listener:
    gateways = cluster.realtime.balancer.pick
    return Listener(chat.number, cluster.http, chance(cluster.random), gateways=gateways)


async def _keep_asking(asker: Asker, chat: Chat) -> None:
    """Ask whenever the last answer has ended; each form is sent once."""
    while not asker.enough.is_set():
        asked = await asker.ask(chat, asker.random.choice(QUESTIONS))
        # Fifty chats that look as often as others do would keep the database from its work.
        while not (await chat.message(asked.answer)).has_ended:
            await passed(LOOK_SECONDS)


async def _until_all_grow(pages: Sequence[ChatPage]) -> None:
    async def do_grow() -> bool:
        return all(page.growth.moments for page in pages)

    await until(do_grow)


async def _migrate(cluster: Cluster, version: Path) -> None:
    """Run what the migrating job of a release runs."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "services.web", "migrate"),
        cwd=version,
        env=dict(cluster.web.environment),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    assert process.returncode == 0, said.decode()


async def _audit(
    cluster: Cluster, asker: Asker, pages: Sequence[ChatPage], findings: Findings
) -> None:
    """Look for what a person would have noticed."""
    findings.faults += cluster.ingress.failures
    sent = Counter(asked.chat.number for asked in asker.asked)
    for asked in asker.asked:
        stored = await asked.chat.message(asked.answer)
        if stored.restarted:
            findings.faults.append(f"message {stored.id} began anew")
    for chat in {asked.chat for asked in asker.asked}:
        messages = len(await chat.stored())
        if messages != 2 * sent[chat.number]:
            findings.faults.append(f"chat {chat.number}: {messages} messages")
    for page in pages:
        if page.reloads or set(page.endings) - {DRAINED}:
            ends = dict(page.endings)
            findings.faults.append(f"chat {page.chat}: reloads {page.reloads}, ends {ends}")


async def _until_in_step(cluster: Cluster, listeners: Sequence[Listener]) -> list[str]:
    """Give what is still under way its time; say who missed something for good."""
    faults: list[str] = []

    async def are_in_step() -> bool:
        faults[:] = await out_of_step(cluster.bus, listeners)
        return not faults

    try:
        await until(are_in_step, seconds=10)
    except AssertionError:
        return faults
    return []


def _report(
    cluster: Cluster,
    phases: Phases,
    pages: Sequence[ChatPage],
    findings: Findings,
    lag: Lag,
) -> None:
    moves = sum(page.endings[DRAINED] for page in pages)
    show(
        f"new version of web, realtime and ai, 2 replicas each: answers {findings.answers},"
        f" characters {findings.characters}, sockets {len(pages)}, moved {moves},"
        f" requests {cluster.ingress.requests}, failed {len(cluster.ingress.failures)},"
        f" pages loaded again {sum(page.reloads for page in pages)}, faults {len(findings.faults)}"
    )
    for name, (begun, ended) in phases.spans.items():
        pauses = sorted(silences(pages, begun, ended))
        p50, p99 = (1000 * statistics.quantiles(pauses, n=100)[place] for place in (49, 98))
        show(
            f"  {name} ({ended - begun:.0f} s): silence p50 {p50:.0f} ms, p99 {p99:.0f} ms,"
            f" max {1000 * pauses[-1]:.0f} ms; the readers' own process stood still for"
            f" {1000 * lag.longest(begun, ended):.0f} ms"
        )
