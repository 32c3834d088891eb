"""A real server that dies, and connections that are set up wrongly."""

import pytest

from tests.faults.natter import Natter
from tests.models.asking import QUESTION, again, ended, until_answering, until_begun, whole_answer
from tests.models.servers import Served, Server


async def test_a_killed_server_leaves_what_was_said_and_retry_helps(
    natter: Natter, served: Served
) -> None:
    whole = await whole_answer(served)
    chat = await natter.chat()
    async with natter.working("", 1, **served.connection()):
        while True:
            answer = await chat.send(QUESTION)
            await until_begun(natter, answer)
            served.process.kill()
            failed = await ended(chat, answer)
            await until_answering(served)
            if failed.status == "failed":
                break
            chat = await natter.chat()
        stored = await again(chat, answer, "retry")
    assert failed.error is not None
    assert whole.startswith(failed.content)
    assert (stored.status, stored.content) == ("complete", whole)


@pytest.mark.parametrize("wrong", ["model", "api_key", "base_url"])
async def test_what_is_set_up_wrongly_is_said(
    natter: Natter, served: Served, kind: Server, wrong: str
) -> None:
    origin = served.base_url.removesuffix("/v1")
    value = {"model": "no-such-model", "api_key": "sk-wrong", "base_url": f"{origin}/nothing"}
    is_refused = {"model": kind.wants_model, "api_key": kind.wants_key, "base_url": True}[wrong]
    chat = await natter.chat()
    async with natter.working("", 1, **served.connection(**{wrong: value[wrong]})):
        stored = await ended(chat, await chat.send(QUESTION))
    assert (stored.status == "failed") is is_refused
    assert (stored.error is not None, stored.content == "") == (is_refused, is_refused)
