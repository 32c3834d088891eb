"""The demo model's reasoning, in a field or in tags."""

from itertools import groupby
from typing import Any

from openai import AsyncOpenAI

from services.demo.answers import reasoning_about
from tests.support.demo_client import MODEL, streamed, whole


async def deltas(client: AsyncOpenAI, question: str, **extra: object) -> list[dict[str, Any]]:
    stream = await client.chat.completions.create(
        model=MODEL, messages=[{"role": "user", "content": question}], stream=True, extra_body=extra
    )
    async with stream:
        return [chunk.choices[0].delta.model_dump() async for chunk in stream]


def joined(parts: list[dict[str, Any]], field: str) -> str:
    return "".join(part.get(field) or "" for part in parts)


async def test_reasoning_comes_first_and_in_a_field_of_its_own(client: AsyncOpenAI) -> None:
    parts = await deltas(client, "/slow 9000 /think Hello")
    kinds = ["".join(name for name in part if part[name] and name != "role") for part in parts]

    assert joined(parts, "reasoning_content") == reasoning_about("Hello")
    assert joined(parts, "content") == (await streamed(client, "Hello")).text
    assert [kind for kind, _ in groupby(kinds)] == ["", "reasoning_content", "content", ""]


async def test_reasoning_in_tags_is_the_beginning_of_the_text(client: AsyncOpenAI) -> None:
    thought = await streamed(client, "/think-tags /echo  as it is ")

    assert thought.text == f"<think>\n{reasoning_about('/echo  as it is ')}</think>\n\n as it is "
    assert "<think>" not in thought.deltas


async def test_a_whole_answer_has_the_reasoning_beside_it(client: AsyncOpenAI) -> None:
    message = (await whole(client, "/think Hello")).choices[0].message
    assert (message.model_extra or {})["reasoning_content"] == reasoning_about("Hello")
    assert message.content == (await streamed(client, "Hello")).text


async def test_a_token_limit_can_leave_nothing_but_reasoning(client: AsyncOpenAI) -> None:
    answer = await whole(client, "/think Hello", max_tokens=5)

    assert (answer.choices[0].message.content, answer.choices[0].finish_reason) == ("", "length")
    assert answer.usage is not None
    assert answer.usage.completion_tokens == 5


async def test_reasoning_can_be_switched_off_but_not_that_in_tags(client: AsyncOpenAI) -> None:
    in_field = await deltas(client, "/think Hello", reasoning_effort="none")
    in_tags = await deltas(client, "/think-tags Hello", reasoning_effort="none")

    assert joined(in_field, "reasoning_content") == ""
    assert joined(in_tags, "content").startswith("<think>")


async def test_an_answer_that_is_continued_is_not_thought_about_again(client: AsyncOpenAI) -> None:
    for command in ("/think", "/think-tags"):
        answer = await client.chat.completions.create(
            model=MODEL,
            messages=[
                {"role": "user", "content": f"{command} /echo one two"},
                {"role": "assistant", "content": "one"},
            ],
        )
        assert answer.choices[0].message.model_dump(include={"content", "reasoning_content"}) == {
            "content": " two"
        }
