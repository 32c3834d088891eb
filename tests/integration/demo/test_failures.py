"""The demo endpoint fails on request, and its clients go away."""

import asyncio
import json
import time

import openai
import pytest
from openai import AsyncOpenAI

from tests.support.demo_client import (
    Streamed,
    collect,
    open_stream,
    stats,
    streamed,
    wait_for,
    whole,
)


async def test_an_error_answer_on_request_is_raised_by_the_client(client: AsyncOpenAI) -> None:
    answers: dict[str, tuple[type[openai.APIStatusError], str | None]] = {
        "rate_limit": (openai.RateLimitError, "rate_limit_exceeded"),
        "context_length": (openai.BadRequestError, "context_length_exceeded"),
        "auth": (openai.AuthenticationError, "invalid_api_key"),
        "model_missing": (openai.NotFoundError, "model_not_found"),
        "server": (openai.InternalServerError, None),
    }
    for name, (raised, code) in answers.items():
        for ask in (whole, streamed):
            with pytest.raises(raised) as refused:
                await ask(client, f"/error {name}")
            assert refused.value.code == code
            assert refused.value.type


async def test_a_rate_limit_says_when_to_come_back(client: AsyncOpenAI) -> None:
    with pytest.raises(openai.RateLimitError) as refused:
        await whole(client, "/error rate_limit")
    assert refused.value.response.headers["retry-after"] == "7"


async def test_an_answer_that_ends_early_says_why(client: AsyncOpenAI) -> None:
    for name in ("content_filter", "length"):
        one, other = await streamed(client, f"/error {name}"), await whole(client, f"/error {name}")
        assert one.finish_reason == other.choices[0].finish_reason == name


async def test_a_cut_answer_has_text_but_no_finish_reason(client: AsyncOpenAI) -> None:
    cut = await streamed(client, "/error cut")

    assert cut.text.endswith("in the middle of a")
    assert cut.finish_reason is None
    assert cut.usage is None


async def test_an_answer_of_nothing_is_a_stream_without_an_event(client: AsyncOpenAI) -> None:
    async with await open_stream(client, "/error nothing") as stream:
        assert [chunk async for chunk in stream] == []


async def test_an_unreachable_model_is_a_bad_gateway(client: AsyncOpenAI) -> None:
    for ask in (whole, open_stream):
        with pytest.raises(openai.InternalServerError) as refused:
            await ask(client, "/error unreachable")
        assert refused.value.status_code == 502
        assert refused.value.response.content == b""
    assert (await streamed(client, "/echo Back again")).text == "Back again"


async def test_a_stream_that_fails_has_sent_its_text_before(client: AsyncOpenAI) -> None:
    failures: dict[str, type[Exception]] = {
        "disconnect": openai.APIConnectionError,
        "malformed": json.JSONDecodeError,
        "in_stream": openai.APIError,
    }
    for name, raised in failures.items():
        partial = Streamed([])
        with pytest.raises(raised):
            await collect(await open_stream(client, f"/error {name}"), partial)
        assert partial.text.endswith("in the middle of a")


async def test_a_whole_answer_fails_too(client: AsyncOpenAI) -> None:
    with pytest.raises(openai.APIConnectionError):
        await whole(client, "/error disconnect")
    with pytest.raises(json.JSONDecodeError):
        await whole(client, "/error malformed")


async def test_leaving_a_stream_ends_its_answer(client: AsyncOpenAI, origin: str) -> None:
    for question in (
        "/error stall",
        "/error timeout",
        "/slow 1 a long answer",
        "/slow 1 /think Hi",
    ):
        before = await stats(client, origin)
        async with await open_stream(client, question):
            await wait_for(client, origin, "active", 1)
        after = await wait_for(client, origin, "disconnected", before["disconnected"] + 1)
        assert after["active"] == 0
        assert after["started"] == before["started"] + 1
        assert after["finished"] == before["finished"]


async def test_a_closing_has_its_time(client: AsyncOpenAI, origin: str) -> None:
    before = (await stats(client, origin))["disconnected"]
    asked = time.monotonic() * 1000
    async with await open_stream(client, "/slow 1 a long answer"):
        await wait_for(client, origin, "active", 1)
        left = time.monotonic() * 1000
    figures = await wait_for(client, origin, "disconnected", before + 1)
    closings = json.loads(await client.get(f"{origin}/demo/closings", cast_to=str))

    assert closings[-1] == {name: figures[name] for name in ("closed_at_ms", "closed_after_ms")}
    assert len(closings) == before + 1
    assert left <= figures["closed_at_ms"] <= time.monotonic() * 1000
    assert 0 < figures["closed_after_ms"] <= figures["closed_at_ms"] - asked


async def test_cancelling_a_whole_answer_ends_it(client: AsyncOpenAI, origin: str) -> None:
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

    names = ("active", "started", "finished", "disconnected")
    assert [after[name] - before[name] for name in names] == [0, 1, 1, 0]
