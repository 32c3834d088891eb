"""Web dies between storing a message and telling others of it: it is answered, and once."""

import asyncio

import httpx2
import pytest

from tests.faults.endpoints import base_url, counts
from tests.faults.natter import Natter
from tests.faults.recorded import results_recorded
from tests.faults.service_process import ServiceProcess
from tests.support.chatting.answer_audit import audit_answers
from tests.support.chatting.asking import Asker
from tests.support.chatting.chat import Chat
from tests.support.endpoints import ModelServer
from tests.support.figures import show
from tests.support.waiting import passed

MESSAGES = 3


@pytest.mark.parametrize("way", ["gone", "frozen"])
async def test_a_message_that_web_died_over_is_answered_once(
    natter: Natter, endpoint: ServiceProcess, oracle: ModelServer, way: str
) -> None:
    """What web has written to a frozen bus, and had no ack for, is stored when it thaws."""
    chats = [await natter.chat() for _ in range(MESSAGES)]
    asker = Asker(oracle, natter.random)
    async with (
        natter.working(base_url(endpoint)),
        natter.reading(*chats) as pages,
    ):
        before = (await counts(endpoint)).started
        await _silence(natter, way)
        for chat in chats:
            await asker.ask(chat, "Draw a table")
        natter.web.kill()
        assert await _pending(natter) > 0
        await _restore(natter, way)
        natter.web.begin()
        await natter.web.until_ready()
        await asker.until_ended()
        findings = await audit_answers(asker.asked, pages)
        results = [results_recorded(natter.web, asked.answer) for asked in asker.asked]
        messages = [len(await chat.stored()) for chat in chats]
        started = (await counts(endpoint)).started - before
        show(
            f"web killed between commit and publish (NATS {way}): messages {MESSAGES}, results"
            f" {results}, requests to the endpoint {started}, faults {len(findings.faults)},"
            f" pages loaded again {findings.reloads}"
        )
        assert results == [1] * MESSAGES
        assert messages == [2] * MESSAGES
        assert await _pending(natter) == 0
        findings.check()


async def test_a_form_that_is_sent_again_after_web_died_is_one_message(
    natter: Natter, endpoint: ServiceProcess, oracle: ModelServer
) -> None:
    """The person cannot know whether it was stored: the key in the form tells."""
    chat = await natter.chat()
    asker = Asker(oracle, natter.random)
    async with natter.working(base_url(endpoint)), natter.reading(chat) as pages:
        killed = 0
        for number in range(4):
            killed += await _send_to_a_dying_web(natter, chat, asker, f"/echo number {number}")
        await asker.until_ended()
        findings = await audit_answers(asker.asked, pages)
        stored = await chat.stored()
        show(
            f"web killed while a form is sent, and the form sent again: forms 4, unanswered"
            f" {killed}, messages {len(stored)}, faults {len(findings.faults)}"
        )
        assert len(stored) == 8
        findings.check()


async def _send_to_a_dying_web(natter: Natter, chat: Chat, asker: Asker, question: str) -> bool:
    """Send a form, kill web within milliseconds, send it again; return whether nobody answered."""
    key = f"{natter.random.getrandbits(128):032x}"
    async with asyncio.TaskGroup() as tasks:
        sending = tasks.create_task(_answered(chat, question, key))
        await passed(natter.random.uniform(0.0, 0.03))
        natter.web.kill()
    natter.web.begin()
    await natter.web.until_ready()
    await asker.ask(chat, question, key)
    return not sending.result()


async def _answered(chat: Chat, question: str, key: str) -> bool:
    try:
        await chat.send(question, key)
    except httpx2.TransportError:
        return False
    return True


async def _silence(natter: Natter, way: str) -> None:
    if way == "frozen":
        natter.nats.freeze()
    else:
        await asyncio.to_thread(natter.nats.end)


async def _restore(natter: Natter, way: str) -> None:
    if way == "frozen":
        natter.nats.thaw()
    else:
        await asyncio.to_thread(natter.nats.begin)


async def _pending(natter: Natter) -> int:
    async with natter.database.acquire() as connection:
        return int(await connection.fetchval("SELECT count(*) FROM outbox"))
