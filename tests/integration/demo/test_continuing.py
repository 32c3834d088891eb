"""The demo endpoint continues an assistant's message."""

from openai import AsyncOpenAI
from openai.types.chat import ChatCompletion

from tests.support.demo_client import MODEL, whole

FAILING = ["length", "content_filter", "cut", "disconnect", "stall", "malformed", "in_stream"]


async def continued(
    client: AsyncOpenAI, question: str, begun: str, *, max_tokens: int | None = None
) -> ChatCompletion:
    return await client.chat.completions.create(
        model=MODEL,
        messages=[
            {"role": "user", "content": "Something before"},
            {"role": "assistant", "content": "Something said"},
            {"role": "user", "content": question},
            {"role": "assistant", "content": begun},
        ],
        max_tokens=max_tokens,
    )


def text_of(answer: ChatCompletion) -> str:
    return str(answer.choices[0].message.content)


async def test_an_answer_continues_exactly_after_its_beginning(client: AsyncOpenAI) -> None:
    for question in ("Hello", "a table", "/echo 漢字 and 👩‍👩‍👧 \n end ", "/slow 9000 code"):
        full = text_of(await whole(client, question))
        places = [*range(1, len(full), len(full) // 20 + 1), len(full)]
        for place in places:
            rest = await continued(client, question, full[:place])
            assert full[:place] + text_of(rest) == full
            assert rest.choices[0].finish_reason == "stop"


async def test_another_beginning_is_ignored(client: AsyncOpenAI) -> None:
    full = text_of(await whole(client, "Hello"))
    for begun in ("", "Quite another beginning", "## Hello from the demo model!"):
        assert text_of(await continued(client, "Hello", begun)) == full


async def test_an_answer_cut_at_a_token_limit_is_continued_to_its_end(client: AsyncOpenAI) -> None:
    full = text_of(await whole(client, "some code"))
    text, turns, reason = "", 0, "length"
    while reason == "length":
        part = await continued(client, "some code", text, max_tokens=40)
        text, turns, reason = text + text_of(part), turns + 1, part.choices[0].finish_reason
    assert text == full
    assert turns > 2


async def test_an_answer_that_failed_gets_its_rest_when_it_is_continued(
    client: AsyncOpenAI,
) -> None:
    for name in FAILING:
        partial = f"This answer was asked to fail (`/error {name}`), so it ends in the middle of a"
        rest = await continued(client, f"/error {name}", partial)
        assert text_of(rest).startswith(" sentence. "), name
        assert rest.choices[0].finish_reason == "stop"


async def test_an_answer_that_ends_at_a_length_ends_there_again_until_that_is_reached(
    client: AsyncOpenAI,
) -> None:
    first = await whole(client, "/error length")
    again = await continued(client, "/error length", text_of(first)[:10])

    assert first.choices[0].finish_reason == again.choices[0].finish_reason == "length"
    assert text_of(first)[:10] + text_of(again) == text_of(first)
