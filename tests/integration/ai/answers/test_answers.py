"""An answer on the pages and in its result, from the endpoint and the model that its job names."""

import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from services.demo.texts import CODE, TABLE
from services.shared.bus.messages import Turn
from services.shared.bus.stored_messages import read_all
from services.shared.bus.subjects import (
    AI_TEXT,
    TURBO_STREAM,
    chat_group,
    text_subject,
    turbo_stream_subject,
)
from tests.integration.ai.workers import Workers, fresh
from tests.support.answers import GROUP, publications, shown, submit, take_results
from tests.support.endpoints import ModelServer
from tests.support.provider import settings_for
from tests.support.scripted import DONE, STOP, Reply, ScriptedEndpoint, chunk, running_script

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

type Scripts = dict[str, ScriptedEndpoint]


async def test_answers_grow_on_the_page_and_end_as_a_fresh_page_shows_them(
    workers: Workers, endpoint: ModelServer
) -> None:
    async with workers.working(endpoint):
        for number, question in enumerate(QUESTIONS, start=1):
            result, page = await workers.answered(question, message_id=number)
            assert result.text == await endpoint.answer_whole(question)
            assert (result.message_id, result.status, result.error) == (number, "complete", None)
            assert (page.statuses, page.reloads) == (["streaming", "complete"], 0)
            assert page.done == fresh(result.text, number)
            assert (page.tail, page.error) == ("", None)


async def test_whatever_a_model_writes_is_shown_as_on_a_fresh_page(
    workers: Workers, endpoint: ModelServer
) -> None:
    async with workers.working(endpoint, flush_ms=0):
        for number, text in enumerate(TEXTS, start=1):
            question = endpoint.question_for(text)
            result, page = await workers.answered(question, message_id=number)
            assert (result.text, page.done) == (text, fresh(text, number))


async def test_pages_see_the_begin_the_growth_and_the_end_in_this_order(
    workers: Workers, demo: ModelServer
) -> None:
    text = "First paragraph.\n\nSecond paragraph.\n\nThird"
    async with workers.working(demo, flush_ms=0, flush_bytes=1):
        await workers.answered(demo.question_for(text))
    first, *growth, last = [payload.decode() for payload in await publications(workers.bus)]

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


async def test_what_pages_show_was_logged_before(workers: Workers, demo: ModelServer) -> None:
    async with workers.working(demo):
        await workers.answered("/echo Everything")
    shown_at, logged_at = [
        next(each.stored_at for each in stored if b"Every" in each.payload)
        for stored in (
            await read_all(workers.bus, TURBO_STREAM, turbo_stream_subject(GROUP)),
            await read_all(workers.bus, AI_TEXT, text_subject(7)),
        )
    ]
    assert logged_at < shown_at


async def test_a_reference_that_is_defined_late_has_the_message_shown_anew(
    workers: Workers, demo: ModelServer
) -> None:
    text = "See [this][late].\n\nMore.\n\n[late]: http://127.0.0.1/"
    async with workers.working(demo):
        _, page = await workers.answered(demo.question_for(text))
    last = (await publications(workers.bus))[-1]

    assert last.startswith(b'<turbo-stream action="replace" target="message_7" method="morph">')
    assert page.done == fresh(text)
    assert 'href="http://127.0.0.1/"' in page.done


async def test_a_result_names_its_model_and_its_tokens(
    workers: Workers, endpoint: ModelServer
) -> None:
    async with workers.working(endpoint):
        question = endpoint.question_for("Twelve words are more than enough here")
        result, _ = await workers.answered(question)

    assert result.finish_reason == "stop"
    assert result.model == endpoint.model
    assert result.prompt_tokens is not None
    assert result.prompt_tokens > 5
    assert result.completion_tokens is not None
    assert 5 <= result.completion_tokens <= 12


async def test_the_chat_so_far_and_the_system_prompt_reach_the_model(
    workers: Workers, llmock: str
) -> None:
    earlier = (Turn(role="user", content="My name is Ann."), Turn(role="assistant", content="Hi."))
    texts = []
    for number, prompt in enumerate(["Be brief.", "  "], start=1):
        server = ModelServer("llmock", llmock, "any")
        settings = {"openai_model": "echo-model", "system_prompt": prompt}
        async with workers.working(server, **settings):
            result, _ = await workers.answered("Who am I?", *earlier, message_id=number)
            texts.append(result.prompt_tokens)
    said = [["Be brief."], []]
    assert texts == [
        sum(len(text) // 4 for text in [*prompt, "My name is Ann.", "Hi.", "Who am I?"])
        for prompt in said
    ]


async def test_answers_for_different_chats_stay_in_their_own(
    workers: Workers, demo: ModelServer
) -> None:
    async with workers.working(demo):
        for chat in (1, 2, 3):
            await submit(workers.bus, 10 + chat, f"/echo for {chat}", group=chat_group(chat))
        await take_results(workers.bus, 3)
    for chat in (1, 2, 3):
        page = await shown(workers.bus, 10 + chat, chat_group(chat))
        assert page.done == f'<p dir="auto" id="message_{10 + chat}_b0">for {chat}</p>'
        assert all(
            f"message_{10 + chat}".encode() in payload
            for payload in await publications(workers.bus, chat_group(chat))
        )


async def test_the_actions_of_an_answer_are_below_the_base_path_of_its_job(
    workers: Workers, demo: ModelServer
) -> None:
    async with workers.working(demo):
        for chat, base_path in enumerate(("", "/natter"), start=1):
            group = chat_group(chat)
            await submit(workers.bus, chat, "Hello", base_path=base_path, group=group)
            await take_results(workers.bus, 1)
            html = b"".join(await publications(workers.bus, group)).decode()
            assert set(re.findall(r'action="(/[^"]*)"', html)) == {
                f"{base_path}/chat/{chat}/message/{chat}/{action}/"
                for action in ("stop", "regenerate")
            }


def _saying(*names: str) -> Scripts:
    return {name: ScriptedEndpoint(Reply((chunk(f"I am {name}."), STOP, DONE))) for name in names}


@asynccontextmanager
async def _answering(workers: Workers, scripts: Scripts, default: str) -> AsyncIterator[None]:
    async with AsyncExitStack() as stack:
        connections = {
            name: settings_for(
                await stack.enter_async_context(running_script(script)),
                model=f"model-of-{name}",
                api_key=f"key-of-{name}",
            )
            for name, script in scripts.items()
        }
        nowhere = ModelServer("demo", "http://127.0.0.1:1", "none")
        changes = {"connections": connections, "default_connection": default}
        async with workers.working(nowhere, **changes):
            yield


async def test_each_job_asks_the_connection_that_it_names(workers: Workers) -> None:
    scripts = _saying("one", "two")
    async with _answering(workers, scripts, default="two"):
        for number, name in enumerate(("one", "two", None), start=1):
            result, _ = await workers.answered("Who?", message_id=number, connection=name)
            assert (result.message_id, result.text) == (number, f"I am {name or 'two'}.")
    assert [len(script.asked) for script in scripts.values()] == [1, 2]
    for name, script in scripts.items():
        assert script.asked[0].headers["authorization"] == f"Bearer key-of-{name}"
        assert script.asked[0].body["model"] == f"model-of-{name}"


async def test_a_connection_that_was_removed_is_named_as_missing(workers: Workers) -> None:
    scripts = _saying("one")
    async with _answering(workers, scripts, default="one"):
        result, page = await workers.answered("Who?", connection="gone", begun="I was ")
    assert (result.status, result.error, result.text) == ("failed", "connection_missing", "I was ")
    assert page.error is not None
    assert page.error.startswith("The connection that this chat uses is not set up any more.")
    assert scripts["one"].asked == []


async def test_the_model_that_a_job_names_is_asked_for(workers: Workers) -> None:
    scripts = _saying("one")
    async with _answering(workers, scripts, default="one"):
        await workers.answered("Who are you?", model="another")
    assert scripts["one"].asked[0].body["model"] == "another"
