"""A person talks with the demo endpoint over the pods of the small overlay."""

import asyncio
from random import Random

import httpx2

from services.demo.commands import script_for
from tests.kubernetes.played import Played
from tests.kubernetes.pod_store import PodStore
from tests.support.chatting.answer_audit import Asked, audit_answers
from tests.support.chatting.chat import new_chat
from tests.support.chatting.reader import ChatPage
from tests.support.waiting import until

QUESTION = "/slow 40 Show me some code"


async def test_an_answer_arrives_and_stays(pods: Played, forwarded: httpx2.AsyncClient) -> None:
    chat = await new_chat(forwarded, PodStore(pods))
    page = ChatPage(chat.number, forwarded, Random(7))  # noqa: S311 - waits, no secrets
    async with asyncio.TaskGroup() as tasks:
        reading = tasks.create_task(page.run())

        async def is_connected() -> bool:
            return page.visit is not None

        await until(is_connected)
        answer = await chat.send(QUESTION)
        asked = Asked(chat, answer, script_for(QUESTION).text)
        await chat.until_ended([answer])
        findings = await audit_answers([asked], [page])
        reading.cancel()
    findings.check()
    assert page.growth.order == [answer]
    assert asked.expected
    assert len(await chat.stored()) == 2


async def test_the_page_says_that_the_demo_answers(forwarded: httpx2.AsyncClient) -> None:
    page = await forwarded.get("/", follow_redirects=True)
    assert page.status_code == 200
    assert 'id="demo-notice"' in page.text


async def test_what_is_for_operators_is_not_reached(forwarded: httpx2.AsyncClient) -> None:
    for path in ("/metrics", "/live", "/ready"):
        assert (await forwarded.get(path)).status_code in {400, 404}, path
