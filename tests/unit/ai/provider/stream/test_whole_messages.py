"""Chunks that say what they have in a `message`, or bare, in the place of a delta."""

from tests.support.provider import stream
from tests.support.scripted import DONE, STOP, choice, chunk, delta, message

LONG = "A long answer, word for word."


async def test_a_message_is_said_where_there_is_no_delta() -> None:
    cases: dict[tuple[bytes, ...], str] = {
        (message("Hello"),): "Hello",
        (message("Hello", delta={}),): "Hello",
        (message("Hello", delta={"role": "assistant", "content": ""}),): "Hello",
        (message("Hello", delta=None, finish_reason="stop"),): "Hello",
        (message("Hel"), message("lo"), message("", finish_reason="stop")): "Hello",
        (message("1"), message("1"), message("11")): "1111",
        (message("1"), message("1"), message("11", finish_reason="stop")): "11",
        (message(LONG[:9]), message(LONG[9:]), message(LONG), STOP): LONG,
        (message("Hello"), message("Hello", finish_reason="stop")): "Hello",
        (message([{"type": "text", "text": "Hello"}]),): "Hello",
        (choice(text="Hel"), choice(text="lo", finish_reason="stop")): "Hello",
        (choice(delta={"content": "Hello"}, text="Hello", message={"content": "Hello"}),): "Hello",
        (message(7), choice(text=7), choice(message="x"), choice(message=["x"])): "",
    }
    for end in ([DONE], [STOP, DONE]):
        assert {parts: (await stream(*parts, *end)).text for parts in cases} == cases


async def test_a_message_behind_deltas_repeats_them() -> None:
    for whole in ("Hello", "Hello, and more", "Hel"):
        for sent in (
            message(whole, finish_reason="stop"),
            message(whole),
            message(whole, delta={}),
        ):
            assert (await stream(chunk("Hel"), chunk("lo"), sent, STOP, DONE)).text == "Hello", sent


async def test_messages_that_each_repeat_all_so_far_add_their_rest() -> None:
    cases: dict[tuple[str, ...], str] = {
        ("Hel", "Hello wor", "Hello world, this is long"): "Hello world, this is long",
        ("I", "I am", "I am here"): "I am here",
        tuple(LONG[:end] for end in range(3, len(LONG) + 1)): LONG,
        (LONG[:20], LONG[20:], LONG + " And more."): LONG + " And more.",
        # These are pieces that happen to begin alike.
        ("哈", "哈哈", "哈哈哈哈"): "哈哈哈哈哈哈哈",
        ("---", "----", " a"): "------- a",
        ("1", "12", ".", "1", "12"): "112.112",
        ("The", " be", " better", " best"): "The be better best",
    }
    for parts, text in cases.items():
        for end in (STOP, message(text, finish_reason="stop")):
            assert (await stream(*map(message, parts), end, DONE)).text == text
            thoughts = [choice(message={"reasoning": part}) for part in parts]
            assert (await stream(*thoughts, end, DONE)).reasoning == text


async def test_behind_deltas_messages_say_what_is_new() -> None:
    cases: list[tuple[list[str], list[str], str]] = [
        (["The answer"], [" is longer", " here"], "The answer is longer here"),
        (["I"], [" think", " I", " am", "."], "I think I am."),
        (["The"], [" end", "\n\n", "The", " end"], "The end\n\nThe end"),
        (["So", "."], ["\n", "And"], "So.\nAnd"),
        (["The"], ["The answer", "The answer is", "The answer is long"], "The answer is long"),
        ([LONG[:20]], [LONG[:24], LONG], LONG),
        (["<think>Hm.</think>", LONG], [LONG], LONG),
        (["\n\nHello"], ["Hello", "Hello"], "\n\nHello"),
    ]
    for deltas, messages, text in cases:
        got = await stream(*map(chunk, deltas), *map(message, messages), STOP, DONE)
        assert got.text == text


async def test_reasoning_in_messages_is_told_from_the_answer() -> None:
    whole = {"content": "So.", "reasoning_content": "Hm."}
    cases: list[list[bytes]] = [
        [delta({"reasoning_content": "H"}), delta({"reasoning_content": "m."}),
         choice(message=whole, finish_reason="stop")],
        [choice(message={"reasoning": "Hm."}), message("So.")],
        [message("<think>H"), message("m.</thi"), message("nk>So.")],
    ]  # fmt: skip
    for parts in cases:
        got = await stream(*parts, DONE)
        assert (got.reasoning, got.text) == ("Hm.", "So."), parts
