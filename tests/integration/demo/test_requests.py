"""The requests that the demo endpoint accepts and refuses."""

import json

import openai
import pytest
from openai import AsyncOpenAI, Omit

from services.demo.completions import LARGEST_BODY_BYTES
from tests.support.demo_client import MODEL, whole


async def test_the_only_model_is_listed_with_its_owner(client: AsyncOpenAI) -> None:
    listed = [model.id async for model in client.models.list()]

    assert listed == [MODEL]
    assert (await client.models.retrieve(MODEL)).owned_by == "natter-demo"


async def test_an_unknown_model_is_not_found(client: AsyncOpenAI) -> None:
    with pytest.raises(openai.NotFoundError) as described:
        await client.models.retrieve("meta/other")
    with pytest.raises(openai.NotFoundError) as asked:
        await client.chat.completions.create(
            model="other", messages=[{"role": "user", "content": "Hello"}]
        )

    assert described.value.code == asked.value.code == "model_not_found"


async def test_the_last_user_message_is_answered_in_any_form(client: AsyncOpenAI) -> None:
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


async def test_a_malformed_command_is_answered_with_the_commands(client: AsyncOpenAI) -> None:
    helped = (await whole(client, "/help")).choices[0].message.content
    long = "/slow 9999 " * 100_000
    for question in ("/slow", "/slow soon", long, "/think /think", "/error", "/error no_such"):
        answered = await whole(client, question)
        assert answered.choices[0].message.content == helped, question[:20]


async def test_a_malformed_request_is_refused_with_its_parameter(client: AsyncOpenAI) -> None:
    start = b'{"model":"natter-demo","messages":'
    hello = b'[{"role":"user","content":"Hello"}]'
    for body, param in (
        (b"", None),
        (b"{", None),
        (b"\xff", None),
        (b"[" * 100_000, None),
        (b"[]", None),
        (start + rb'[{"role":"user","content":"\ud800"}]}', None),
        (b'{"model":"natter-demo"}', "messages"),
        (b'{"messages":' + hello + b"}", "model"),
        (start + b"[]}", "messages"),
        (start + b'"Hello"}', "messages"),
        (start + b'[{"role":"king"}]}', "messages[0].role"),
        (start + b'[{"role":"user","content":1}]}', "messages[0].content"),
        (start + hello + b',"n":2}', "n"),
        (start + hello + b',"stream":"yes"}', "stream"),
        (start + hello + b',"max_tokens":0}', "max_tokens"),
    ):
        with pytest.raises(openai.BadRequestError) as refused:
            await client.post("/chat/completions", cast_to=str, content=body)
        assert refused.value.param == param, body[-60:]
        assert refused.value.type == "invalid_request_error"


async def test_a_body_over_four_megabytes_is_refused(client: AsyncOpenAI) -> None:
    with pytest.raises(openai.APIStatusError) as refused:
        await whole(client, "a" * LARGEST_BODY_BYTES)
    assert refused.value.status_code == 413
    assert refused.value.code == "request_too_large"


async def test_a_wrong_path_or_method_is_refused_in_the_same_shape(
    client: AsyncOpenAI, origin: str
) -> None:
    for path, status in (("/v2", 404), ("/v1/models/", 404), ("/v1/chat/completions", 405)):
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
