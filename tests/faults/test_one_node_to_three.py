"""A Natter on one node of NATS moves to three with unfinished answers, and none loses a word."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest

from services.shared.bus.connection import Bus, open_bus
from services.shared.bus.streams import STREAMS
from services.shared.bus.subjects import AI_JOBS, AI_JOBS_CONSUMER, AI_TEXT
from tests.faults.backups import run, web_command
from tests.faults.endpoints import base_url
from tests.faults.killer import is_growing
from tests.faults.natter import Natter
from tests.faults.service_process import ServiceProcess
from tests.support.chatting.answer_audit import audit_answers
from tests.support.chatting.asking import Asker
from tests.support.chatting.reader import ChatPage
from tests.support.endpoints import ModelServer
from tests.support.figures import show
from tests.support.nats_cluster import REPLICAS, NatsCluster, running_cluster
from tests.support.waiting import until

CHATS = 6
ANSWERS_AT_ONCE = 2


@pytest.mark.usefixtures("refused_logins")
async def test_answers_that_are_written_and_queued_move_along(
    natter: Natter, endpoint: ServiceProcess, oracle: ModelServer, tmp_path: Path
) -> None:
    chats = [await natter.chat() for _ in range(CHATS)]
    asker = Asker(oracle, natter.random)
    archive = tmp_path / "bus.tar"
    async with (
        natter.working(base_url(endpoint), max_answers=ANSWERS_AT_ONCE) as workers,
        natter.reading(*chats) as pages,
    ):
        for chat in chats:
            await asker.ask(chat, "Something long, please")
        await _until_growing(pages, ANSWERS_AT_ONCE)
        services = [natter.web, natter.gateway, *workers]
        for service in services:
            service.kill()
        before = await _state(natter.bus)
        await _web(natter, "snapshot", target=archive)
        await asyncio.to_thread(natter.nats.end)
        with running_cluster(tmp_path / "cluster") as cluster:
            _move(natter, workers, cluster)
            await _restore(natter, cluster, archive)
            async with open_bus(cluster.server.url("web"), name="faults-moved") as bus:
                # A healthy node answers nothing about a stream that has no leader yet.
                for stream in STREAMS:
                    await cluster.leader_of(bus, str(stream.name))
                assert await _state(bus) == before
                assert await _copies(bus) == {REPLICAS}
            for service in services:
                service.begin()
            await asker.until_ended()
            findings = await audit_answers(asker.asked, pages)
            show(
                f"from one node to three: answers {findings.answers}, jobs that moved"
                f" {before[AI_JOBS][0]}, characters {findings.characters}, faults"
                f" {len(findings.faults)}, pages loaded again {findings.reloads}"
            )
            findings.check()


def _move(natter: Natter, workers: Sequence[ServiceProcess], cluster: NatsCluster) -> None:
    """Tell all services where NATS is now."""
    ours = [("web", natter.web), ("realtime", natter.gateway)]
    for user, service in [*ours, *(("ai", worker) for worker in workers)]:
        service.environment = {**service.environment, "NATS_URL": cluster.server.url(user)}
    replicas = {"NATTER_WEB_STREAM_REPLICAS": str(REPLICAS)}
    natter.web.environment = {**natter.web.environment, **replicas}


async def _restore(natter: Natter, cluster: NatsCluster, archive: Path) -> None:
    """Restore, and restart the nodes: only then they know which messages they have had."""
    await cluster.until_healthy()
    await _web(natter, "restore", source=archive)
    await asyncio.to_thread(cluster.end)
    await asyncio.to_thread(cluster.begin)
    await cluster.until_healthy()


async def _web(
    natter: Natter, command: str, *, source: Path | None = None, target: Path | None = None
) -> None:
    await asyncio.to_thread(
        run, web_command(command), natter.web.environment, source=source, target=target
    )


async def _state(bus: Bus) -> dict[str, tuple[int, int]]:
    """Return how many messages the streams that are kept hold, and their last sequence numbers."""
    found = {}
    for name in (AI_TEXT, AI_JOBS):
        state = (await bus.jetstream.stream_info(name)).state
        found[name] = (state.messages, state.last_seq)
    await bus.jetstream.consumer_info(AI_JOBS, AI_JOBS_CONSUMER)
    return found


async def _copies(bus: Bus) -> set[int | None]:
    infos = [await bus.jetstream.stream_info(str(stream.name)) for stream in STREAMS]
    return {info.config.num_replicas for info in infos}


async def _until_growing(pages: Sequence[ChatPage], count: int) -> None:
    async def do_grow() -> bool:
        growing = [
            page for page in pages for message in page.growth.moments if is_growing(page, message)
        ]
        return len(growing) >= count

    await until(do_grow)
