"""Workers that let their answers end, and do not get the time: others go on with what is left."""

import asyncio
import signal
from collections.abc import Awaitable, Callable
from typing import Final

import httpx2
import pytest

from services.ai.jobs.parking import list_parked
from tests.faults.endpoints import base_url
from tests.faults.killer import busy_workers
from tests.faults.natter import Natter
from tests.faults.service_process import ServiceProcess
from tests.support.chatting.answer_audit import audit_answers
from tests.support.chatting.asking import Asker
from tests.support.endpoints import ModelServer
from tests.support.figures import show
from tests.support.waiting import DEADLINE_SECONDS, until

CHATS: Final = 3
LONG_SECONDS: Final = 10 * DEADLINE_SECONDS


async def _ask_again(worker: ServiceProcess) -> None:
    """Ask it a second time to end: it does so at once, in order."""
    await worker.end()
    assert worker.process is not None
    assert worker.process.returncode == -signal.SIGTERM


async def _kill(worker: ServiceProcess) -> None:
    await asyncio.to_thread(worker.kill)


@pytest.mark.parametrize(
    ("end", "max_deliveries"), [(_ask_again, 1), (_kill, 5)], ids=["asked again", "killed"]
)
async def test_a_worker_that_ends_in_its_drain_loses_no_answer(
    natter: Natter,
    endpoint: ServiceProcess,
    oracle: ModelServer,
    end: Callable[[ServiceProcess], Awaitable[None]],
    max_deliveries: int,
) -> None:
    chats = [await natter.chat() for _ in range(CHATS)]
    settings = {"drain_seconds": LONG_SECONDS, "max_deliveries": max_deliveries}
    asker = Asker(oracle, natter.random)
    async with (
        natter.working(base_url(endpoint), 1, **settings) as (first,),
        natter.reading(*chats) as pages,
    ):
        for chat in chats:
            await asker.ask(chat, "Something long, please")
        await until(lambda: busy_workers([first]))
        first.terminate()
        await _until_draining(first)
        async with natter.working(base_url(endpoint), 1, **settings):
            await end(first)
            await asker.until_ended()
            findings = await audit_answers(asker.asked, pages)
            parked = await list_parked(natter.bus)
        stored = [await asked.chat.message(asked.answer) for asked in asker.asked]
    show(
        f"worker that ends in its drain: answers {findings.answers}, faults"
        f" {len(findings.faults)}, parked {len(parked)}"
    )
    findings.check()
    assert parked == []
    assert [message.restarted for message in stored] == [False] * CHATS


async def _until_draining(worker: ServiceProcess) -> None:
    async with httpx2.AsyncClient(base_url=worker.origin) as client:

        async def is_not_ready() -> bool:
            return (await client.get("/ready")).status_code == 503

        await until(is_not_ready)
