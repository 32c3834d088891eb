"""An endpoint asks to wait: the page says so until the first word, or the end."""

import pytest

from deploy.local.nats_server import NatsServer
from services.shared.bus.answer_log import read_answer_log
from services.shared.bus.connection import Bus
from tests.integration.ai.test_worker import working
from tests.support.answers import publications, shown, submit, take_result
from tests.support.endpoints import ModelServer
from tests.support.scripted import (
    DONE,
    STOP,
    Reply,
    ScriptedEndpoint,
    chunk,
    delta,
    refusal,
    running_script,
)

BUSY = refusal(429, {"error": {"message": "Too many requests."}}, retry_after="1.1")
WORDS = (chunk("Hello."), STOP, DONE)
THOUGHTS = (delta({"reasoning": "A greeting?"}), *WORDS)


@pytest.mark.parametrize("reply", [WORDS, THOUGHTS], ids=["text", "thoughts"])
async def test_the_page_says_so_until_something_comes(
    nats_server: NatsServer, web_bus: Bus, reply: tuple[bytes, ...]
) -> None:
    async with (
        running_script(ScriptedEndpoint(BUSY, Reply(reply))) as base_url,
        working(nats_server, ModelServer("demo", base_url.removesuffix("/v1"), "scripted")),
    ):
        await submit(web_bus, 7, "Hello?")
        result = await take_result(web_bus)
    assert (result.status, result.text) == ("complete", "Hello.")
    told = [payload for payload in await publications(web_bus) if b"message__wait" in payload]
    assert len(told) == 1
    assert b"asks to wait" in told[0]
    page = await shown(web_bus, 7)
    thinking = page.document.by_id["message_7_thinking"].inner_html()
    assert "message__wait" not in thinking
    assert bool(thinking) == (reply is THOUGHTS)
    logged = await read_answer_log(web_bus, 7)
    assert logged is not None
    assert logged.text == "Hello."


async def test_an_answer_that_was_begun_is_left_as_it_stands(
    nats_server: NatsServer, web_bus: Bus
) -> None:
    async with (
        running_script(ScriptedEndpoint(BUSY, Reply(WORDS))) as base_url,
        working(nats_server, ModelServer("demo", base_url.removesuffix("/v1"), "scripted")),
    ):
        await submit(web_bus, 7, "Hello?", begun="Well, ")
        await take_result(web_bus)
    assert not [each for each in await publications(web_bus) if b"message__wait" in each]
