"""A job on its way to an answer: streamed onto the chat's pages, then stored as a result."""

import re

import pytest

from deploy.local.nats_server import NatsServer
from services.ai.app import create_app
from services.demo.texts import CODE, TABLE
from services.shared.bus.connection import Bus
from services.shared.bus.messages import Turn
from services.shared.bus.subjects import chat_group
from tests.support.answers import (
    normalized,
    publications,
    shown,
    submit,
    take_result,
    take_results,
    until_no_job_is_left,
)
from tests.support.endpoints import ModelServer
from tests.support.rendered import plain
from tests.support.servers import serving
from tests.support.stack import ai_settings

QUESTIONS = ["Hello", "Show me a table", "some code", "count to 200", "a long answer"]
TEXTS = [
    "One line",
    "*Emphasis* and\n\n1. a list\n2. of two\n\n```python\nprint('<b>')\n```\n",
    "<script>alert(1)</script> [link](javascript:alert(1)) ![x](http://127.0.0.1/x.png)",
    "</template></turbo-stream><turbo-stream action='refresh'></turbo-stream>",
    "漢字 👩‍👩‍👧 \u202eback\u202c, Übergröße",
    CODE,
    TABLE,
]


@pytest.mark.parametrize("question", QUESTIONS)
async def test_an_answer_grows_on_the_page_and_ends_as_the_whole_one(
    nats_server: NatsServer, web_bus: Bus, endpoint: ModelServer, question: str
) -> None:
    text = await endpoint.answer_whole(question)
    async with serving(create_app(ai_settings(nats_server, endpoint.base_url))):
        await submit(web_bus, 7, question)
        result = await take_result(web_bus)
        await until_no_job_is_left(web_bus)
    page = await shown(web_bus, 7)

    assert result.text == text
    assert (result.message_id, result.status, result.error) == (7, "complete", None)
    assert (page.statuses, page.reloads) == (["streaming", "complete"], 0)
    assert page.done == normalized(plain(text, id_prefix="message_7"))
    assert (page.tail, page.error) == ("", None)


@pytest.mark.parametrize("text", TEXTS)
async def test_what_a_model_writes_is_shown_as_it_would_be_on_a_fresh_page(
    nats_server: NatsServer, web_bus: Bus, endpoint: ModelServer, text: str
) -> None:
    async with serving(create_app(ai_settings(nats_server, endpoint.base_url, flush_ms=0))):
        await submit(web_bus, 7, endpoint.question_for(text))
        result = await take_result(web_bus)
    page = await shown(web_bus, 7)

    assert result.text == text
    assert page.done == normalized(plain(text, id_prefix="message_7"))


async def test_the_pages_are_told_of_begin_growth_and_end_in_this_order(
    nats_server: NatsServer, web_bus: Bus, endpoint: ModelServer
) -> None:
    text = "First paragraph.\n\nSecond paragraph.\n\nThird"
    settings = ai_settings(nats_server, endpoint.base_url, flush_ms=0, flush_bytes=1)
    async with serving(create_app(settings)):
        await submit(web_bus, 7, endpoint.question_for(text))
        await take_result(web_bus)
    first, *growth, last = [payload.decode() for payload in await publications(web_bus)]

    assert first.startswith('<turbo-stream action="replace" target="message_7" method="morph">')
    assert 'data-status="streaming"' in first
    assert growth
    for html in growth:
        targets = set(re.findall('target="([^"]*)"', html))
        assert targets
        assert targets <= {"message_7_done", "message_7_tail"}
    assert 'target="message_7"' not in last
    assert '<turbo-stream action="replace" target="message_7_footer">' in last
    assert 'data-status="complete"' in last


async def test_a_reference_that_is_defined_late_has_the_message_shown_anew(
    nats_server: NatsServer, web_bus: Bus, endpoint: ModelServer
) -> None:
    text = "See [this][late].\n\nMore.\n\n[late]: http://127.0.0.1/"
    async with serving(create_app(ai_settings(nats_server, endpoint.base_url))):
        await submit(web_bus, 7, endpoint.question_for(text))
        await take_result(web_bus)
    page = await shown(web_bus, 7)
    last = (await publications(web_bus))[-1]

    assert last.startswith(b'<turbo-stream action="replace" target="message_7" method="morph">')
    assert page.done == normalized(plain(text, id_prefix="message_7"))
    assert 'href="http://127.0.0.1/"' in page.done


async def test_a_result_says_who_wrote_it_and_what_it_cost(
    nats_server: NatsServer, web_bus: Bus, endpoint: ModelServer
) -> None:
    async with serving(create_app(ai_settings(nats_server, endpoint.base_url))):
        await submit(web_bus, 7, endpoint.question_for("Twelve words are more than enough here"))
        result = await take_result(web_bus)

    assert result.finish_reason == "stop"
    assert result.model == endpoint.model
    assert result.prompt_tokens is not None
    assert result.prompt_tokens > 5
    assert result.completion_tokens is not None
    assert 5 <= result.completion_tokens <= 12


async def test_the_model_that_was_set_is_asked(
    nats_server: NatsServer, web_bus: Bus, llmock: str
) -> None:
    settings = ai_settings(nats_server, f"{llmock}/v1", openai_model="gpt-of-the-test")
    async with serving(create_app(settings)):
        await submit(web_bus, 7, "Hello")
        assert (await take_result(web_bus)).model == "gpt-of-the-test"


async def test_the_chat_so_far_and_the_system_prompt_reach_the_model(
    nats_server: NatsServer, web_bus: Bus, llmock: str
) -> None:
    earlier = (Turn(role="user", content="My name is Ann."), Turn(role="assistant", content="Hi."))
    texts = []
    for number, prompt in enumerate(["Be brief.", "  "], start=1):
        settings = ai_settings(
            nats_server, f"{llmock}/v1", openai_model="echo-model", system_prompt=prompt
        )
        async with serving(create_app(settings)):
            await submit(web_bus, number, "Who am I?", *earlier)
            texts.append((await take_result(web_bus)).prompt_tokens)
    said = [["Be brief."], []]
    assert texts == [
        sum(len(text) // 4 for text in [*prompt, "My name is Ann.", "Hi.", "Who am I?"])
        for prompt in said
    ]


async def test_answers_for_different_chats_stay_in_their_own(
    nats_server: NatsServer, web_bus: Bus, demo: ModelServer
) -> None:
    async with serving(create_app(ai_settings(nats_server, demo.base_url))):
        for chat in (1, 2, 3):
            await submit(web_bus, 10 + chat, f"/echo for {chat}", group=chat_group(chat))
        await take_results(web_bus, 3)
    for chat in (1, 2, 3):
        page = await shown(web_bus, 10 + chat, chat_group(chat))
        assert page.done == f'<p dir="auto" id="message_{10 + chat}_b0">for {chat}</p>'
        assert all(
            f"message_{10 + chat}".encode() in payload
            for payload in await publications(web_bus, chat_group(chat))
        )


@pytest.mark.parametrize("base_path", ["", "/natter"])
async def test_what_can_be_done_with_an_answer_is_where_the_job_says_that_web_is(
    ai: str,  # noqa: ARG001 - it answers
    web_bus: Bus,
    base_path: str,
) -> None:
    await submit(web_bus, 7, "Hello", base_path=base_path)
    await take_result(web_bus)
    actions = re.findall(rb'action="(/[^"]*)"', b"".join(await publications(web_bus)))
    assert set(actions) == {
        f"{base_path}/chat/1/message/7/{action}/".encode() for action in ("stop", "regenerate")
    }
