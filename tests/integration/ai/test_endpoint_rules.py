"""What endpoints stream: text, reasoning, usage and the end, under any name and in any framing."""

import pytest

from tests.support.provider import Got, ask_scripted, stream
from tests.support.scripted import DONE, STOP, Reply, chunk, delta, event


@pytest.mark.parametrize("field", ["reasoning", "reasoning_content", "reasoning_text", "thinking"])
async def test_reasoning_comes_under_any_of_its_names(field: str) -> None:
    got = await stream(
        delta({"role": "assistant", "content": ""}),
        delta({field: "First, "}),
        delta({field: "think.", "content": None}),
        chunk("Then speak."),
        STOP,
        DONE,
    )
    assert (got.reasoning, got.text, got.finish_reason) == (
        "First, think.",
        "Then speak.",
        "stop",
    )


async def test_reasoning_that_comes_twice_is_taken_once() -> None:
    details = [{"type": "reasoning.text", "text": "Think."}]
    got = await stream(
        delta({"content": "", "reasoning": "Think.", "reasoning_details": details}),
        delta({"content": "", "reasoning_details": details}),
        delta({"content": "", "reasoning": "More.", "reasoning_content": "More."}),
        STOP,
    )
    assert (got.reasoning, got.text) == ("Think.Think.More.", "")


async def test_content_may_be_a_list_of_parts() -> None:
    thought = {"type": "thinking", "thinking": [{"type": "text", "text": "Think."}]}
    got = await stream(
        delta({"content": [thought]}),
        delta({"content": [{"type": "text", "text": "Speak"}]}),
        chunk("."),
        STOP,
    )
    assert (got.reasoning, got.text) == ("Think.", "Speak.")


async def test_a_refusal_in_words_is_the_answer() -> None:
    got = await stream(delta({"content": None, "refusal": "I'd rather not."}), STOP)
    assert got.text == "I'd rather not."


@pytest.mark.parametrize(
    "tag", ["think", "thinking", "reason", "reasoning", "thought", "|begin_of_thought|"]
)
async def test_reasoning_comes_between_tags_that_are_cut_anywhere(tag: str) -> None:
    closing = "<|end_of_thought|>" if tag.startswith("|") else f"</{tag}>"
    answer = f"\n<{tag}>\nSome <b> thought.\n{closing}\n\nThe answer."
    for parts in ([answer], list(answer)):
        got = await stream(*map(chunk, parts), STOP, DONE)
        assert (got.reasoning.rstrip(), got.text) == ("Some <b> thought.", "The answer.")


async def test_text_before_a_lone_closing_tag_turns_out_to_be_reasoning() -> None:
    for parts in (
        ["Some ", "thought.\n</think>\n\nThe answer."],
        ["Some thought.</th", "ink>The answer."],
    ):
        got = await stream(*map(chunk, parts), STOP)
        assert (got.reasoning.rstrip(), got.answer) == ("Some thought.", "The answer.")
        assert [piece.recast for piece in got.pieces].count(True) == 1


@pytest.mark.parametrize(
    "answer",
    [
        "Models write `</think>` when they are done.",
        "```html\n<think>no</think>\n```\nThat is code.",
        "First <think>this</think> then that.",
        "<thin and <thinker> are no tags. </thinker>",
        "Less is <",
    ],
)
async def test_a_tag_elsewhere_is_text(answer: str) -> None:
    for parts in ([answer], list(answer)):
        got = await stream(*map(chunk, parts), STOP, DONE)
        assert (got.text, got.reasoning) == (answer, "")


async def test_an_answer_that_never_stops_thinking_is_all_reasoning() -> None:
    got = await stream(chunk("<think>On and on"), chunk(finish_reason="length"), DONE)
    assert (got.reasoning, got.text, got.finish_reason) == ("On and on", "", "length")


USAGE = {"prompt_tokens": 5, "completion_tokens": 2, "total_tokens": 7}


@pytest.mark.parametrize(
    "parts",
    [
        [
            chunk("Hi"),
            STOP,
            event(b'{"choices":[],"usage":{"prompt_tokens":5,"completion_tokens":2}}'),
        ],
        [chunk("Hi"), delta({}, finish_reason="stop", usage=USAGE)],
        [delta({"content": "Hi"}, usage=USAGE), delta({}, finish_reason="stop", usage=USAGE)],
        [delta({"content": "Hi"}, usage=None), delta({}, finish_reason="stop", usage=USAGE)],
    ],
    ids=["own chunk", "last chunk", "every chunk", "null first"],
)
async def test_usage_may_be_in_any_chunk(parts: list[bytes]) -> None:
    got = await stream(*parts, DONE)
    counts = [(p.prompt_tokens, p.completion_tokens) for p in got.pieces]
    assert [pair for pair in counts if pair != (None, None)][-1] == (5, 2)
    assert (got.text, got.finish_reason) == ("Hi", "stop")


async def test_usage_may_be_nowhere() -> None:
    got = await stream(chunk("Hi"), STOP, DONE)
    assert {(p.prompt_tokens, p.completion_tokens) for p in got.pieces} == {(None, None)}


async def test_chunks_without_choices_add_nothing() -> None:
    router = event(b'{"choices":[],"prompt_filter_results":[{"prompt_index":0}]}')
    got = await stream(router, chunk("Hi"), event(b'{"choices":[]}'), STOP)
    assert (got.text, got.finish_reason) == ("Hi", "stop")


@pytest.mark.parametrize(
    ("sent", "meant"),
    [
        ("length", "length"),
        ("max_tokens", "length"),
        ("end_turn", "stop"),
        ("SAFETY", "content_filter"),
        ("odd", "other"),
        ("STOP", "stop"),
    ],
)
async def test_other_words_for_the_end_are_put_into_openais(sent: str, meant: str) -> None:
    assert (await stream(chunk("Hi", finish_reason=sent))).finish_reason == meant


async def test_an_end_without_a_finish_reason_has_none() -> None:
    for parts in ([chunk("Hi")], [chunk("Hi"), DONE], [chunk("Hi"), b'data: {"choices":[{"de']):
        got = await stream(*parts)
        assert (got.text, got.finish_reason, got.error) == ("Hi", None, None)


def framed(newline: str) -> list[bytes]:
    lines = [
        ": OPENROUTER PROCESSING",
        "",
        "event: message",
        "id: 7",
        "retry: 10",
        'data: {"choices":[{"delta":',
        'data:  {"content":"Grüße "}}]}',
        "",
        "",
        'data:{"choices":[{"delta":{"content":"🙂"}}]}',
        "",
        ":",
        'data: {"choices":[{"delta":{},"finish_reason":"stop"}]}',
        "",
    ]
    return ["\ufeff".encode(), *(f"{line}{newline}".encode() for line in lines)]


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("size", [1, 7, 10_000])
async def test_events_may_be_framed_and_cut_in_any_way(newline: str, size: int) -> None:
    whole = b"".join(framed(newline))
    parts = [whole[n : n + size] for n in range(0, len(whole), size)]
    got = await stream(*parts)
    assert (got.text, got.finish_reason) == ("Grüße 🙂", "stop")


async def test_the_last_line_may_lack_its_end() -> None:
    got = await stream(chunk("Hi"), STOP, b"data: [DONE]")
    assert (got.text, got.finish_reason, got.error) == ("Hi", "stop", None)
    got = await stream(chunk("Hi"), STOP.rstrip())
    assert (got.text, got.finish_reason, got.error) == ("Hi", "stop", None)


async def test_nothing_after_the_end_counts() -> None:
    got = await stream(chunk("Hi"), STOP, DONE, chunk(" there"), event(b"{"))
    assert (got.text, got.error) == ("Hi", None)


@pytest.mark.parametrize("media_type", ["text/plain", "application/json", "text/event-stream; x=y"])
async def test_events_count_under_any_media_type(media_type: str) -> None:
    got = await ask_scripted(Reply((chunk("Hi"), STOP), media_type=media_type))
    assert got.text == "Hi"


async def test_bytes_that_are_no_utf8_and_half_pairs_are_replaced() -> None:
    got = await stream(
        event(b'{"choices":[{"delta":{"content":"a\xffb \\ud83e \\u0000\x7f"}}]}'),
        chunk("\x1b[m\t."),
        STOP,
    )
    assert got.text == "a\ufffdb \ufffd \ufffd\ufffd\ufffd[m\t."


async def test_each_name_is_given_once() -> None:
    got: Got = await stream(chunk("a"), chunk("b"), STOP)
    assert [piece.model for piece in got.pieces] == ["scripted", None, None]
