"""Endpoints that repeat the begun answer: no text is shown twice, and none is lost."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import pytest

from deploy.local.nats_server import NatsServer
from services.ai.answers.prompt import CONTINUE_REQUEST
from services.shared.bus.connection import Bus
from services.shared.bus.messages import AnswerResult
from tests.integration.ai.workers import leave_half, working
from tests.support.answers import normalized, shown, submit, take_result
from tests.support.endpoints import ModelServer
from tests.support.rendered import plain
from tests.support.scripted import DONE, STOP, Reply, ScriptedEndpoint, chunk, delta, running_script

WHOLE = "Salt comes from rivers.\n\n- They wash it out of the rocks.\n- It stays in the sea.\n"
CUTS = (18, len("Salt comes from rivers.\n\n"), 40, len(WHOLE) - 1)
LLAMA = {"data": [{"id": "m", "owned_by": "llamacpp"}]}
UNKNOWN = {"data": [{"id": "m", "owned_by": "someone"}]}


@asynccontextmanager
async def asked(
    nats: NatsServer, *replies: Sequence[bytes], models: object = LLAMA, **settings: object
) -> AsyncIterator[ScriptedEndpoint]:
    """Run a worker on an endpoint that sends these replies, each to its end."""
    sent = [Reply((*reply, STOP, DONE)) for reply in replies]
    script = ScriptedEndpoint(*sent, pages={"/v1/models": models})
    async with running_script(script) as url:
        server = ModelServer("llmock", url.removesuffix("/v1"), "m")
        async with working(nats, server, **settings):
            yield script


async def right(bus: Bus, text: str, number: int = 7, **members: Any) -> AnswerResult:
    """Take the result and check it and the page of this message against the text."""
    result = await take_result(bus)
    page = await shown(bus, number)
    assert (result.status, result.text) == ("complete", text)
    assert page.done == normalized(plain(text, id_prefix=f"message_{number}"))
    assert page.document.doubled == set()
    for name, value in members.items():
        assert getattr(result, name) == value
    return result


@pytest.mark.parametrize("cut", CUTS)
@pytest.mark.parametrize("by_token", [True, False])
async def test_an_echo_is_not_shown_after_a_takeover(
    nats_server: NatsServer, web_bus: Bus, ai_bus: Bus, cut: int, by_token: bool
) -> None:
    begun = WHOLE[:cut].rstrip()
    parts = list(WHOLE) if by_token else [begun, WHOLE[len(begun) :]]
    await submit(web_bus, 7, "Why is the sea salt?")
    await leave_half(ai_bus, WHOLE[:cut])
    async with asked(nats_server, [chunk(part) for part in parts]) as endpoint:
        await right(web_bus, WHOLE, restarted=False)
    assert endpoint.asked[0].body["messages"][-1] == {"role": "assistant", "content": begun}


async def test_an_echo_is_not_shown_after_continue_with_a_prefill_or_in_words(
    nats_server: NatsServer, web_bus: Bus
) -> None:
    in_words = {"role": "user", "content": CONTINUE_REQUEST}
    for begin, models in ((7, LLAMA), (20, UNKNOWN)):
        for number, cut in enumerate(CUTS, start=begin):
            await submit(web_bus, number, "Why is the sea salt?", begun=WHOLE[:cut], run=2)
            async with asked(nats_server, [chunk(WHOLE)], models=models) as endpoint:
                await right(web_bus, WHOLE, number, restarted=False)
            asks_in_words = endpoint.asked[0].body["messages"][-1] == in_words
            assert asks_in_words is (models is UNKNOWN), cut


async def test_thoughts_that_come_again_are_not_shown_twice(
    nats_server: NatsServer, web_bus: Bus, ai_bus: Bus
) -> None:
    thoughts = "They ask about salt."
    await submit(web_bus, 7, "Why is the sea salt?")
    await leave_half(ai_bus, WHOLE[:40], reasoning=thoughts)
    again = [delta({"reasoning_content": word}) for word in (thoughts[:9], thoughts[9:])]
    async with asked(nats_server, [*again, chunk(WHOLE)]) as endpoint:
        await right(web_bus, WHOLE, reasoning=thoughts, restarted=False)
    assert endpoint.asked[0].body["messages"][-1]["reasoning_content"] == thoughts


@pytest.mark.parametrize(
    ("begun", "sent"),
    [("Salt", WHOLE), (WHOLE[:40], WHOLE[:20] + "a hundred springs."), ("哈" * 20, "哈" * 30)],
)
async def test_an_undecidable_echo_starts_over_and_the_page_says_so(
    nats_server: NatsServer, web_bus: Bus, ai_bus: Bus, begun: str, sent: str
) -> None:
    await submit(web_bus, 7, "Why is the sea salt?")
    await leave_half(ai_bus, begun)
    async with asked(nats_server, [chunk(sent)], [chunk(WHOLE)]) as endpoint:
        await right(web_bus, WHOLE, restarted=True)
    assert [body.body["messages"][-1]["role"] for body in endpoint.asked] == ["assistant", "user"]
    assert "begun again" in (await shown(web_bus, 7)).footer


async def test_a_continuation_that_a_reader_asked_for_is_asked_for_in_words_first(
    nats_server: NatsServer, web_bus: Bus
) -> None:
    await submit(web_bus, 7, "Why is the sea salt?", begun="Salt", run=2)
    async with asked(nats_server, [chunk("Salt and so on.")], [chunk(" of the sea.")]) as endpoint:
        await right(web_bus, "Salt of the sea.", restarted=False)
    assert endpoint.asked[1].body["messages"][-1]["content"] == CONTINUE_REQUEST


async def test_after_a_second_undecidable_echo_it_starts_over(
    nats_server: NatsServer, web_bus: Bus
) -> None:
    await submit(web_bus, 7, "Why is the sea salt?", begun="Salt", run=2)
    async with asked(nats_server, [chunk("Salt.")], [chunk("Salt.")], [chunk(WHOLE)]) as endpoint:
        await right(web_bus, WHOLE, restarted=True)
    assert len(endpoint.asked[2].body["messages"]) == len(endpoint.asked[0].body["messages"]) - 1


async def test_white_space_alone_is_no_beginning(
    nats_server: NatsServer, web_bus: Bus, ai_bus: Bus
) -> None:
    await submit(web_bus, 7, "Why is the sea salt?")
    await leave_half(ai_bus, "\n\n")
    async with asked(nats_server, [chunk("\n\n" + WHOLE)]) as endpoint:
        await take_result(web_bus)
    body = endpoint.asked[0].body
    assert (body["messages"][-1]["role"], "continue_final_message" in body) == ("user", False)
