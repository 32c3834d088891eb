"""Chunks that say what they have in a `message`, or bare, in the place of a delta."""

import json

import pytest

from services.ai.provider.stream.chunks import ChunkReader
from tests.support.provider import stream
from tests.support.scripted import DONE, STOP, chunk, delta, event


def choice(**members: object) -> bytes:
    return event(json.dumps({"choices": [members]}).encode())


def message(content: object, **members: object) -> bytes:
    return choice(message={"role": "assistant", "content": content}, **members)


LONG = "A long answer, word for word."


@pytest.mark.parametrize(
    ("parts", "text"),
    [
        ([message("Hello")], "Hello"),
        ([message("Hello", delta={})], "Hello"),
        ([message("Hello", delta={"role": "assistant", "content": ""})], "Hello"),
        ([message("Hello", delta=None, finish_reason="stop")], "Hello"),
        ([message("Hel"), message("lo"), message("", finish_reason="stop")], "Hello"),
        ([message("1"), message("1"), message("11")], "1111"),
        ([message("1"), message("1"), message("11", finish_reason="stop")], "11"),
        ([message(LONG[:9]), message(LONG[9:]), message(LONG), STOP], LONG),
        ([message("Hello"), message("Hello", finish_reason="stop")], "Hello"),
        ([message([{"type": "text", "text": "Hello"}])], "Hello"),
        ([choice(text="Hel"), choice(text="lo", finish_reason="stop")], "Hello"),
        ([choice(delta={"content": "Hello"}, text="Hello", message={"content": "Hello"})], "Hello"),
        ([message(7), choice(text=7), choice(message="x"), choice(message=["x"])], ""),
    ],
)
async def test_a_message_is_said_where_there_is_no_delta(parts: list[bytes], text: str) -> None:
    for end in ([DONE], [STOP, DONE]):
        got = await stream(*parts, *end)
        assert (got.text, got.error) == (text, None)


@pytest.mark.parametrize("last", [{"finish_reason": "stop"}, {}, {"delta": {}}])
@pytest.mark.parametrize("whole", ["Hello", "Hello, and more", "Hel"])
async def test_a_message_behind_deltas_repeats_them(last: dict[str, object], whole: str) -> None:
    got = await stream(chunk("Hel"), chunk("lo"), message(whole, **last), STOP, DONE)
    assert got.text == "Hello"


@pytest.mark.parametrize(
    ("parts", "text"),
    [
        (["Hel", "Hello wor", "Hello world, this is long"], "Hello world, this is long"),
        (["I", "I am", "I am here"], "I am here"),
        ([LONG[:end] for end in range(3, len(LONG) + 1)], LONG),
        ([LONG[:20], LONG[20:], LONG + " And more."], LONG + " And more."),
        # These are pieces that happen to begin alike.
        (["哈", "哈哈", "哈哈哈哈"], "哈哈哈哈哈哈哈"),
        (["---", "----", " a"], "------- a"),
        (["1", "12", ".", "1", "12"], "112.112"),
        (["The", " be", " better", " best"], "The be better best"),
    ],
)
async def test_of_messages_that_each_have_all_so_far_the_rest_is_said(
    parts: list[str], text: str
) -> None:
    for end in ([STOP], [message(text, finish_reason="stop")]):
        got = await stream(*map(message, parts), *end, DONE)
        assert got.text == text
        thoughts = [choice(message={"reasoning": part}) for part in parts]
        got = await stream(*thoughts, *end, DONE)
        assert got.reasoning == text


@pytest.mark.parametrize(
    ("deltas", "messages", "text"),
    [
        (["The answer"], [" is longer", " here"], "The answer is longer here"),
        (["I"], [" think", " I", " am", "."], "I think I am."),
        (["The"], [" end", "\n\n", "The", " end"], "The end\n\nThe end"),
        (["So", "."], ["\n", "And"], "So.\nAnd"),
        (["The"], ["The answer", "The answer is", "The answer is long"], "The answer is long"),
        ([LONG[:20]], [LONG[:24], LONG], LONG),
        (["<think>Hm.</think>", LONG], [LONG], LONG),
        (["\n\nHello"], ["Hello", "Hello"], "\n\nHello"),
    ],
)
async def test_behind_deltas_messages_say_what_is_new(
    deltas: list[str], messages: list[str], text: str
) -> None:
    got = await stream(*map(chunk, deltas), *map(message, messages), STOP, DONE)
    assert got.text == text


async def test_an_answer_whose_reasoning_alone_came_in_deltas_is_said_by_its_message() -> None:
    whole = {"content": "So.", "reasoning_content": "Hm, well."}
    parts = [delta({"reasoning_content": thought}) for thought in ("Hm, ", "well.")]
    got = await stream(*parts, choice(message=whole, finish_reason="stop"), DONE)
    assert (got.reasoning, got.text) == ("Hm, well.", "So.")


async def test_reasoning_and_tags_in_messages_are_told_apart() -> None:
    got = await stream(choice(message={"reasoning": "Hm."}), message("So."), DONE)
    assert (got.reasoning, got.text) == ("Hm.", "So.")
    got = await stream(message("<think>H"), message("m.</thi"), message("nk>So."), DONE)
    assert (got.reasoning, got.text) == ("Hm.", "So.")


def test_a_long_answer_in_short_messages_costs_time_in_proportion() -> None:
    """Each is compared with all that was said: of a million, that must not be looked at."""
    reader, parts = ChunkReader(), 0
    data = message("word ").removeprefix(b"data: ")
    for _ in range(100_000):
        parts += len(reader.read(data).text)
    assert parts == 500_000


def test_messages_that_repeat_a_long_answer_cost_time_in_proportion() -> None:
    reader = ChunkReader()
    reader.read(chunk("\nword" + " word" * 100_000).removeprefix(b"data: "))
    for said in ("word", "word word word word", " word" * 5):
        data = message(said).removeprefix(b"data: ")
        assert not any(reader.read(data).text for _ in range(30_000))
