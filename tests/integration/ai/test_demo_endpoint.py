"""The demo endpoint, served by uvicorn and asked through the real openai client."""

import asyncio
import json
import socket
import threading
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass

import openai
import pyromark
import pytest
import uvicorn
from hypothesis import given
from hypothesis import strategies as st
from openai import AsyncOpenAI, AsyncStream, Omit
from openai.types import CompletionUsage
from openai.types.chat import ChatCompletion, ChatCompletionChunk

from services.ai.demo.answers import quote
from services.ai.demo.app import create_app
from services.ai.demo.completions import LARGEST_BODY_BYTES
from services.ai.demo.settings import DemoSettings
from services.ai.demo.tokens import split_tokens

MODEL = "natter-demo"
DEADLINE_SECONDS = 10
MARKDOWN = (
    pyromark.Options.ENABLE_GFM
    | pyromark.Options.ENABLE_TABLES
    | pyromark.Options.ENABLE_STRIKETHROUGH
    | pyromark.Options.ENABLE_MATH
    | pyromark.Options.ENABLE_SUPERSCRIPT
    | pyromark.Options.ENABLE_SUBSCRIPT
    | pyromark.Options.ENABLE_WIKILINKS
)
ODD_TEXT = "  Zwei\r\n\n\ttabs, 👩‍👩‍👧 and 漢字\u2028\x00 </script> data: [DONE]\n\n "
QUESTIONS = (
    "Hello",
    "Count to 30, please",
    "a long answer",
    "some code",
    "a table",
    "/help",
    "/echo",
    f"/echo {ODD_TEXT}",
    "/no-such-command",
)


@dataclass
class Streamed:
    """What a client collects from one stream."""

    deltas: list[str]
    finish_reason: str | None = None
    usage: CompletionUsage | None = None

    @property
    def text(self) -> str:
        return "".join(self.deltas)


@pytest.fixture(scope="module")
def origin() -> Iterator[str]:
    settings = DemoSettings(port=0, tokens_per_second=0, first_token_ms=0)
    config = uvicorn.Config(create_app(settings), log_config=None, access_log=False)
    server = uvicorn.Server(config)
    listener = socket.create_server(("127.0.0.1", 0))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    server.should_exit = True
    thread.join(DEADLINE_SECONDS)
    assert not thread.is_alive()


@pytest.fixture(scope="module")
async def client(origin: str) -> AsyncIterator[AsyncOpenAI]:
    async with AsyncOpenAI(base_url=f"{origin}/v1", api_key="any", max_retries=0) as client:
        yield client


async def whole(
    client: AsyncOpenAI, question: str, max_tokens: int | None = None
) -> ChatCompletion:
    return await client.chat.completions.create(
        model=MODEL, messages=[{"role": "user", "content": question}], max_tokens=max_tokens
    )


async def open_stream(client: AsyncOpenAI, question: str) -> AsyncStream[ChatCompletionChunk]:
    return await client.chat.completions.create(
        model=MODEL,
        messages=[{"role": "user", "content": question}],
        stream=True,
        stream_options={"include_usage": True},
    )


async def collect(stream: AsyncStream[ChatCompletionChunk], into: Streamed) -> Streamed:
    async with stream:
        async for chunk in stream:
            into.usage = chunk.usage or into.usage
            for choice in chunk.choices:
                into.deltas += [choice.delta.content] if choice.delta.content else []
                into.finish_reason = choice.finish_reason or into.finish_reason
    return into


async def streamed(client: AsyncOpenAI, question: str) -> Streamed:
    return await collect(await open_stream(client, question), Streamed([]))


async def stats(client: AsyncOpenAI, origin: str) -> dict[str, int]:
    raw = await client.get(f"{origin}/demo/stats", cast_to=str)
    figures = json.loads(raw)
    assert isinstance(figures, dict)
    return figures


async def wait_for(client: AsyncOpenAI, origin: str, name: str, expected: int) -> dict[str, int]:
    async with asyncio.timeout(DEADLINE_SECONDS):
        figures = await stats(client, origin)
        while figures[name] != expected:
            await asyncio.sleep(0.01)
            figures = await stats(client, origin)
    return figures


async def test_the_one_model_is_listed_and_described(client: AsyncOpenAI) -> None:
    listed = [model.id async for model in client.models.list()]

    assert listed == [MODEL]
    assert (await client.models.retrieve(MODEL)).owned_by == "natter"


async def test_an_unknown_model_is_not_found(client: AsyncOpenAI) -> None:
    with pytest.raises(openai.NotFoundError) as described:
        await client.models.retrieve("meta/other")
    with pytest.raises(openai.NotFoundError) as asked:
        await client.chat.completions.create(
            model="other", messages=[{"role": "user", "content": "Hello"}]
        )

    assert described.value.code == asked.value.code == "model_not_found"


@pytest.mark.parametrize("question", QUESTIONS)
async def test_a_streamed_answer_equals_the_whole_one(client: AsyncOpenAI, question: str) -> None:
    one, other = await streamed(client, question), await whole(client, question)

    assert one.text == other.choices[0].message.content
    assert one.finish_reason == other.choices[0].finish_reason == "stop"
    assert one.usage == other.usage
    assert one.usage is not None
    assert one.usage.completion_tokens == len(one.deltas)


async def test_a_stream_opens_with_the_role_and_ends_with_reason_then_usage(
    client: AsyncOpenAI,
) -> None:
    async with await open_stream(client, "/echo Hello world") as stream:
        chunks = [chunk async for chunk in stream]

    assert chunks[0].choices[0].delta.role == "assistant"
    assert [chunk.choices[0].delta.content for chunk in chunks[1:3]] == ["Hello", " world"]
    assert [chunk.choices[0].finish_reason for chunk in chunks[:-1]] == [None, None, None, "stop"]
    assert chunks[-1].choices == []
    assert [chunk.usage is None for chunk in chunks] == [True, True, True, True, False]
    assert len({(chunk.id, chunk.created) for chunk in chunks}) == 1


async def test_usage_is_left_out_of_a_stream_that_did_not_ask_for_it(client: AsyncOpenAI) -> None:
    stream = await client.chat.completions.create(
        model=MODEL, messages=[{"role": "user", "content": "Hello"}], stream=True
    )
    assert (await collect(stream, Streamed([]))).usage is None


async def test_an_answer_has_the_promised_length_and_says_what_it_is(client: AsyncOpenAI) -> None:
    short, long = await whole(client, "Hello"), await whole(client, "Something long")

    assert short.usage is not None
    assert long.usage is not None
    assert 250 <= short.usage.completion_tokens <= 400
    assert 2_800 <= long.usage.completion_tokens <= 3_200
    assert all(word in str(short.choices[0].message.content) for word in ("OPENAI_", "Natter"))


async def test_counting_goes_as_far_as_asked(client: AsyncOpenAI) -> None:
    text = (await whole(client, "Could you count from 1 to 12?")).choices[0].message.content
    assert text == "Counting to **12**:\n\n1, 2, 3, 4, 5, 6, 7, 8, 9, 10,\n11, 12.\n"


@pytest.mark.parametrize("limit", ["max_tokens", "max_completion_tokens"])
async def test_an_answer_stops_at_the_token_limit(client: AsyncOpenAI, limit: str) -> None:
    full = (await whole(client, "Hello")).choices[0].message.content
    limited = await client.chat.completions.create(
        model=MODEL,
        messages=[{"role": "user", "content": "Hello"}],
        extra_body={limit: 5},
    )

    assert limited.choices[0].finish_reason == "length"
    assert limited.usage is not None
    assert limited.usage.completion_tokens == 5
    assert str(full).startswith(str(limited.choices[0].message.content))


async def test_the_last_user_message_is_answered_whatever_its_form(client: AsyncOpenAI) -> None:
    answer = await client.chat.completions.create(
        model=MODEL,
        messages=[
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": "/error auth"},
            {"role": "assistant", "content": None},
            {
                "role": "user",
                "content": [
                    {"type": "text", "text": "/echo parts"},
                    {"type": "image_url", "image_url": {"url": "data:,"}},
                ],
            },
            {"role": "assistant", "content": "And so on"},
        ],
    )
    assert answer.choices[0].message.content == "parts"


@pytest.mark.parametrize(
    ("name", "raised", "code"),
    [
        ("rate_limit", openai.RateLimitError, "rate_limit_exceeded"),
        ("context_length", openai.BadRequestError, "context_length_exceeded"),
        ("auth", openai.AuthenticationError, "invalid_api_key"),
        ("server", openai.InternalServerError, None),
    ],
)
async def test_a_refusal_on_request_is_raised_by_the_client(
    client: AsyncOpenAI, name: str, raised: type[openai.APIStatusError], code: str | None
) -> None:
    for ask in (whole, streamed):
        with pytest.raises(raised) as refused:
            await ask(client, f"/error {name}")
        assert refused.value.code == code
        assert refused.value.type


async def test_a_rate_limit_says_when_to_come_back(client: AsyncOpenAI) -> None:
    with pytest.raises(openai.RateLimitError) as refused:
        await whole(client, "/error rate_limit")
    assert refused.value.response.headers["retry-after"] == "7"


async def test_a_filtered_answer_says_so(client: AsyncOpenAI) -> None:
    one, other = [await ask(client, "/error content_filter") for ask in (streamed, whole)]
    assert isinstance(one, Streamed)
    assert isinstance(other, ChatCompletion)
    assert one.finish_reason == other.choices[0].finish_reason == "content_filter"


async def test_a_cut_answer_has_text_but_no_finish_reason(client: AsyncOpenAI) -> None:
    cut = await streamed(client, "/error cut")

    assert cut.text.endswith("in the middle of a")
    assert cut.finish_reason is None
    assert cut.usage is None


@pytest.mark.parametrize(
    ("name", "raised"),
    [
        ("disconnect", openai.APIConnectionError),
        ("malformed", json.JSONDecodeError),
        ("in_stream", openai.APIError),
    ],
)
async def test_a_stream_that_goes_wrong_has_given_its_text_before(
    client: AsyncOpenAI, name: str, raised: type[Exception]
) -> None:
    partial = Streamed([])
    with pytest.raises(raised):
        await collect(await open_stream(client, f"/error {name}"), partial)
    assert partial.text.endswith("in the middle of a")


async def test_a_whole_answer_goes_wrong_too(client: AsyncOpenAI) -> None:
    with pytest.raises(openai.APIConnectionError):
        await whole(client, "/error disconnect")
    with pytest.raises(json.JSONDecodeError):
        await whole(client, "/error malformed")


@pytest.mark.parametrize("question", ["/error stall", "/slow 1 a long answer"])
async def test_leaving_a_stream_ends_its_generation(
    client: AsyncOpenAI, origin: str, question: str
) -> None:
    before = await stats(client, origin)
    async with await open_stream(client, question) as stream:
        await anext(stream)
        assert (await stats(client, origin))["active"] == 1
    after = await wait_for(client, origin, "disconnected", before["disconnected"] + 1)

    assert after["active"] == 0
    assert after["started"] == before["started"] + 1
    assert after["finished"] == before["finished"]


async def test_giving_up_on_a_whole_answer_ends_its_generation(
    client: AsyncOpenAI, origin: str
) -> None:
    before = await stats(client, origin)
    async with asyncio.TaskGroup() as group:
        asking = group.create_task(whole(client, "/error stall"))
        await wait_for(client, origin, "active", 1)
        asking.cancel()
    after = await wait_for(client, origin, "disconnected", before["disconnected"] + 1)

    assert after["active"] == 0


async def test_a_finished_answer_is_counted_as_finished(client: AsyncOpenAI, origin: str) -> None:
    before = await stats(client, origin)
    await streamed(client, "Hello")
    after = await stats(client, origin)

    grown = {name: after[name] - before[name] for name in before}
    assert grown == {"active": 0, "started": 1, "finished": 1, "disconnected": 0}


@pytest.mark.parametrize("rate", ["500", "9999", "1e9", "inf"])
async def test_the_rate_changes_nothing_in_the_answer(client: AsyncOpenAI, rate: str) -> None:
    unpaced = await streamed(client, "some code")
    paced = await streamed(client, f"/slow {rate} some code")
    assert paced.deltas == unpaced.deltas


async def test_a_rate_can_be_given_to_another_command(client: AsyncOpenAI) -> None:
    assert (await streamed(client, "/slow 200 /echo  as it is ")).text == " as it is "


@pytest.mark.parametrize(
    "question", ["/slow", "/slow soon", "/slow 9999 " * 100_000, "/error", "/error no_such_error"]
)
async def test_a_wrong_command_is_answered_with_the_commands(
    client: AsyncOpenAI, question: str
) -> None:
    helped, answered = await whole(client, "/help"), await whole(client, question)
    assert answered.choices[0].message == helped.choices[0].message


@pytest.mark.parametrize(
    ("body", "param"),
    [
        (b"", None),
        (b"{", None),
        (b"\xff", None),
        (b"[" * 100_000, None),
        (b"[]", None),
        (rb'{"model":"natter-demo","messages":[{"role":"user","content":"\ud800"}]}', None),
        (b'{"model":"natter-demo"}', "messages"),
        (b'{"messages":[{"role":"user","content":"Hello"}]}', "model"),
        (b'{"model":"natter-demo","messages":[]}', "messages"),
        (b'{"model":"natter-demo","messages":"Hello"}', "messages"),
        (b'{"model":"natter-demo","messages":[{"role":"king"}]}', "messages[0].role"),
        (
            b'{"model":"natter-demo","messages":[{"role":"user","content":1}]}',
            "messages[0].content",
        ),
        (b'{"model":"natter-demo","messages":[{"role":"user"}],"n":2}', "n"),
        (b'{"model":"natter-demo","messages":[{"role":"user"}],"stream":"yes"}', "stream"),
        (b'{"model":"natter-demo","messages":[{"role":"user"}],"max_tokens":0}', "max_tokens"),
    ],
)
async def test_a_faulty_request_is_refused_by_name(
    client: AsyncOpenAI, body: bytes, param: str | None
) -> None:
    with pytest.raises(openai.BadRequestError) as refused:
        await client.post("/chat/completions", cast_to=str, content=body)
    assert refused.value.param == param
    assert refused.value.type == "invalid_request_error"


async def test_a_body_over_four_megabytes_is_refused(client: AsyncOpenAI) -> None:
    with pytest.raises(openai.APIStatusError) as refused:
        await whole(client, "a" * LARGEST_BODY_BYTES)
    assert refused.value.status_code == 413
    assert refused.value.code == "request_too_large"


@pytest.mark.parametrize(
    ("path", "status"), [("/v2", 404), ("/v1/models/", 404), ("/v1/chat/completions", 405)]
)
async def test_a_wrong_path_or_method_is_refused_in_the_same_shape(
    client: AsyncOpenAI, origin: str, path: str, status: int
) -> None:
    with pytest.raises(openai.APIStatusError) as refused:
        await client.get(f"{origin}{path}", cast_to=str)
    assert refused.value.status_code == status
    assert refused.value.type == "invalid_request_error"


async def test_no_key_is_needed(client: AsyncOpenAI) -> None:
    answer = await client.chat.completions.create(
        model=MODEL,
        messages=[{"role": "user", "content": "/echo open"}],
        extra_headers={"Authorization": Omit()},
    )
    assert answer.choices[0].message.content == "open"


async def test_health_is_green(client: AsyncOpenAI, origin: str) -> None:
    assert json.loads(await client.get(f"{origin}/health", cast_to=str)) == {"status": "ok"}


@given(st.text())
def test_tokens_join_to_the_text(text: str) -> None:
    assert "".join(split_tokens(text)) == text


@given(st.text(alphabet=st.sampled_from("ab \n\\`*_[](){}<>#|~$&!^:@.-+1=/\u202e")))
def test_a_quoted_question_brings_no_markup(question: str) -> None:
    html = pyromark.html(f"You asked: “{quote(question)}”", options=MARKDOWN)
    assert html.count("<") == len(("<p>", "</p>"))
