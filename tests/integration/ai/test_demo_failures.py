"""The demo endpoint going wrong on request, and its clients going away."""

import asyncio
import json

import openai
import pytest
from openai import AsyncOpenAI
from openai.types.chat import ChatCompletion

from tests.support.demo_client import (
    Streamed,
    collect,
    open_stream,
    stats,
    streamed,
    wait_for,
    whole,
)


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
