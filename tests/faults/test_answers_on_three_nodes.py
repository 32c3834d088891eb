"""Three nodes of NATS: one dies, stands still or is replaced in the middle of answers."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
import pytest_asyncio

from services.shared.bus.subjects import AI_JOBS, AI_RESULTS, AI_STOPS, AI_TEXT, TURBO_STREAM
from tests.faults.endpoints import base_url, counts, until_closed
from tests.faults.killer import is_growing
from tests.faults.natter import Natter, running_natter
from tests.faults.service_process import ServiceProcess
from tests.support.chatting.answer_audit import audit_answers
from tests.support.chatting.asking import Asker, asking
from tests.support.chatting.chat import TURBO, Chat
from tests.support.chatting.reader import ChatPage
from tests.support.endpoints import ModelServer
from tests.support.figures import show
from tests.support.nats_cluster import (
    REPLICAS,
    NatsCluster,
    NatsNode,
    depose,
    kill,
    leave_behind,
    running_cluster,
)
from tests.support.waiting import until

CHATS = 4
QUESTION = "Something long, please"

# nats-py leaves connections to servers that stand still to the collector.
pytestmark = pytest.mark.usefixtures("refused_logins")

type Fault = Callable[[NatsNode], Awaitable[None]]


@pytest_asyncio.fixture
async def natter(tmp_path: Path, database_url: str) -> AsyncIterator[Natter]:
    """A Natter on a bus of three nodes; nobody answers."""
    async with running_natter(tmp_path, database_url, 7, running_cluster, REPLICAS) as natter:
        yield natter


@pytest.mark.parametrize("fault", [kill, depose, leave_behind])
async def test_the_loss_of_each_streams_leader_costs_answers_nothing(
    natter: Natter, endpoint: ServiceProcess, oracle: ModelServer, fault: Fault
) -> None:
    cluster = _cluster(natter)
    chats = [await natter.chat() for _ in range(CHATS)]
    async with (
        natter.working(base_url(endpoint), 2, max_deliveries=1000),
        natter.reading(*chats) as pages,
    ):
        async with asking(oracle, natter.random, chats) as asker:
            for stream in (AI_TEXT, TURBO_STREAM, AI_JOBS, AI_RESULTS):
                await _until_some_grow(pages)
                await fault(await cluster.leader_of(natter.bus, stream))
                await cluster.until_healthy()
        await _report(f"three nodes, each leader in turn, {fault.__name__}", asker, pages)


async def test_three_nodes_that_are_replaced_in_turn_cost_answers_nothing(
    natter: Natter, endpoint: ServiceProcess, oracle: ModelServer
) -> None:
    cluster = _cluster(natter)
    chats = [await natter.chat() for _ in range(CHATS)]
    async with natter.working(base_url(endpoint), 2), natter.reading(*chats) as pages:
        async with asking(oracle, natter.random, chats) as asker:
            for node in cluster.nodes:
                await _until_some_grow(pages)
                await node.retire()
                node.begin()
                await cluster.until_healthy()
        await _report("three nodes, replaced in turn (lame duck) in mid-answer", asker, pages)


async def test_a_worker_that_was_killed_while_the_leader_stood_still_is_followed_without_a_double(
    natter: Natter, endpoint: ServiceProcess, oracle: ModelServer
) -> None:
    """Its successor reads the log in the moment in which the old leader wakes up."""
    cluster = _cluster(natter)
    chats = [await natter.chat() for _ in range(CHATS)]
    async with (
        natter.working(base_url(endpoint), 2, max_deliveries=1000) as workers,
        natter.reading(*chats) as pages,
    ):
        async with asking(oracle, natter.random, chats) as asker:
            for number in range(4):
                await _until_some_grow(pages)
                node = await cluster.leader_of(natter.bus, AI_TEXT)
                async with asyncio.TaskGroup() as tasks:
                    tasks.create_task(depose(node))
                    workers[number % 2].kill()
                    workers[number % 2].begin()
                await cluster.until_healthy()
        await _report("three nodes, leader deposed and a worker killed, 4 times", asker, pages)


@pytest.mark.parametrize("stream", [AI_STOPS, AI_TEXT])
async def test_a_stop_is_heard_when_its_leader_was_deposed(
    natter: Natter, endpoint: ServiceProcess, stream: str
) -> None:
    cluster = _cluster(natter)
    chat = await natter.chat()
    async with natter.working(base_url(endpoint), 2), natter.reading(chat) as (page,):
        for _ in range(2):
            answer = await chat.send(QUESTION)
            await _until_some_grow([page])
            before = await counts(endpoint)
            node = await cluster.leader_of(natter.bus, stream)
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(depose(node))
                await _press_stop(natter, chat, answer)
                await until_closed(endpoint, before)
                (stored,) = await chat.until_ended([answer])
                assert stored.status == "stopped", stored
            await cluster.until_healthy()
        show(f"three nodes, stops while the leader of {stream} is deposed: 2 of 2 heard")


async def _press_stop(natter: Natter, chat: Chat, answer: int) -> None:
    """Press Stop until it is taken: a page says when it is not."""
    path = f"/chat/{chat.number}/message/{answer}/stop/"

    async def is_taken() -> bool:
        return (await natter.http.post(path, headers=TURBO)).status_code < 400

    await until(is_taken)


async def _report(what: str, asker: Asker, pages: list[ChatPage]) -> None:
    findings = await audit_answers(asker.asked, pages)
    show(
        f"{what}: answers {findings.answers}, characters {findings.characters}, faults"
        f" {len(findings.faults)}, pages loaded again {findings.reloads}, longest pause"
        f" {max(page.growth.longest_pause() for page in pages):.2f} s"
    )
    findings.check()


async def _until_some_grow(pages: list[ChatPage]) -> None:
    async def do_grow() -> bool:
        return any(is_growing(page, message) for page in pages for message in page.growth.moments)

    await until(do_grow)


def _cluster(natter: Natter) -> NatsCluster:
    assert isinstance(natter.nats, NatsCluster)
    return natter.nats
