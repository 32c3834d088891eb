"""The demo endpoint's answers, streamed and whole, through the openai client."""

from openai import AsyncOpenAI

from tests.support.demo_client import MODEL, Streamed, collect, open_stream, streamed, whole

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


async def test_a_streamed_answer_equals_the_whole_one(client: AsyncOpenAI) -> None:
    for question in QUESTIONS:
        one, other = await streamed(client, question), await whole(client, question)
        assert one.text == other.choices[0].message.content, question
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


async def test_an_answer_stops_at_the_token_limit(client: AsyncOpenAI) -> None:
    full = (await whole(client, "Hello")).choices[0].message.content
    for limit in ("max_tokens", "max_completion_tokens"):
        limited = await client.chat.completions.create(
            model=MODEL, messages=[{"role": "user", "content": "Hello"}], extra_body={limit: 5}
        )
        assert limited.choices[0].finish_reason == "length"
        assert limited.usage is not None
        assert limited.usage.completion_tokens == 5
        assert str(full).startswith(str(limited.choices[0].message.content))


async def test_the_rate_changes_nothing_in_the_answer(client: AsyncOpenAI) -> None:
    unpaced = await streamed(client, "some code")
    for rate in ("500", "9999", "1e9", "inf"):
        assert (await streamed(client, f"/slow {rate} some code")).deltas == unpaced.deltas
    assert (await streamed(client, "/slow 200 /echo  as it is ")).text == " as it is "
