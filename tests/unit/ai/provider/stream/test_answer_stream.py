"""From the parts of a response to pieces: text, reasoning, usage, errors, and the end."""

from collections.abc import Sequence

from services.shared.bus.answer_errors import ErrorClass
from tests.support.provider import stream
from tests.support.scripted import DONE, STOP, chunk, delta, event

USAGE = {"prompt_tokens": 5, "completion_tokens": 2, "total_tokens": 7}
USAGE_ALONE = event(b'{"choices":[],"usage":{"prompt_tokens":5,"completion_tokens":2}}')
PAGE = (
    b"<html><head><title>502 Bad Gateway</title></head><body>maximum context length</body></html>"
)

type Parts = tuple[bytes, ...]


async def counts(parts: Sequence[bytes]) -> list[tuple[int | None, int | None]]:
    got = await stream(*parts)
    assert (got.text, got.error) == ("Hi", None)
    pairs = [(piece.prompt_tokens, piece.completion_tokens) for piece in got.pieces]
    return [pair for pair in pairs if pair != (None, None)]


async def test_reasoning_comes_under_any_of_its_names() -> None:
    details = [{"type": "reasoning.text", "text": "Think."}]
    thinking = [{"type": "thinking", "thinking": [{"type": "text", "text": "Think."}]}]
    cases: dict[Parts, str] = {
        **{
            (delta({field: "Thi"}), delta({field: "nk.", "content": None})): "Think."
            for field in ("reasoning", "reasoning_content", "reasoning_text", "thinking")
        },
        (delta({"reasoning_details": details}),): "Think.",
        (delta({"content": thinking}),): "Think.",
        # What comes under two names comes once.
        (delta({"reasoning": "Think.", "reasoning_details": details}),): "Think.",
        (delta({"reasoning": "Think.", "reasoning_content": "Think."}),): "Think.",
    }
    opening = delta({"role": "assistant", "content": ""})
    answer = (delta({"content": [{"type": "text", "text": "Spe"}]}), chunk("ak."), STOP, DONE)
    for parts, reasoning in cases.items():
        got = await stream(opening, *parts, *answer)
        assert (got.reasoning, got.text, got.finish_reason) == (reasoning, "Speak.", "stop"), parts


async def test_a_refusal_in_words_is_the_answer() -> None:
    got = await stream(delta({"content": None, "refusal": "I'd rather not."}), STOP)
    assert got.text == "I'd rather not."


async def test_an_answer_that_never_stops_thinking_is_all_reasoning() -> None:
    got = await stream(chunk("<think>On and on"), chunk(finish_reason="length"), DONE)
    assert (got.reasoning, got.text, got.finish_reason) == ("On and on", "", "length")


async def test_usage_may_be_in_any_chunk_and_behind_the_end() -> None:
    last = delta({}, finish_reason="stop", usage=USAGE)
    for parts in (
        [chunk("Hi"), STOP, USAGE_ALONE, DONE],
        [chunk("Hi"), last, DONE],
        [delta({"content": "Hi"}, usage=USAGE), last],
        [delta({"content": "Hi"}, usage=None), last],
        [chunk("Hi"), DONE + USAGE_ALONE],
        [chunk("Hi"), DONE, USAGE_ALONE],
        [chunk("Hi"), DONE, DONE, USAGE_ALONE, DONE],
    ):
        assert (await counts(parts))[-1] == (5, 2), parts
    assert await counts([chunk("Hi"), STOP, DONE]) == []


async def test_chunks_without_choices_add_nothing() -> None:
    router = event(b'{"choices":[],"prompt_filter_results":[{"prompt_index":0}]}')
    got = await stream(router, chunk("Hi"), event(b'{"choices":[]}'), STOP)
    assert (got.text, got.finish_reason) == ("Hi", "stop")


async def test_the_model_is_named_once() -> None:
    got = await stream(chunk("a"), chunk("b"), STOP)
    assert [piece.model for piece in got.pieces] == ["scripted", None, None]


async def test_finish_reasons_are_put_into_openais_words() -> None:
    cases = {
        "length": "length",
        "max_tokens": "length",
        "end_turn": "stop",
        "SAFETY": "content_filter",
        "odd": "other",
        "STOP": "stop",
    }
    for sent, meant in cases.items():
        assert (await stream(chunk("Hi", finish_reason=sent))).finish_reason == meant
    for parts in ([chunk("Hi")], [chunk("Hi"), DONE], [chunk("Hi"), b'data: {"choices":[{"de']):
        got = await stream(*parts)
        assert (got.text, got.finish_reason, got.error) == ("Hi", None, None)


async def test_events_may_be_framed_and_cut_in_any_way() -> None:
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
    for newline in ("\n", "\r\n", "\r"):
        whole = "".join(["\ufeff", *(f"{line}{newline}" for line in lines)]).encode()
        for size in (1, 7, 10_000):
            got = await stream(*(whole[n : n + size] for n in range(0, len(whole), size)))
            assert (got.text, got.finish_reason) == ("Grüße 🙂", "stop"), (newline, size)


async def test_an_answer_is_complete_where_done_says_so_in_any_writing() -> None:
    for done in (
        b"data: [DONE]\n\n",
        b"data:[DONE]\n\n",
        b"data:   [DONE]  \n\n",
        b"data: [DONE]\r\n\r\n",
        b"data: [DONE]\r\r",
        b"event: done\ndata: [DONE]\n\n",
        b"data: [DONE]\n\ndata: [DONE]\n\n",
        b"data: [DONE]\n",
        b"data: [DONE]",
    ):
        for parts in ([chunk("Hi"), done], [chunk("Hi") + done], [chunk("Hi"), STOP, done]):
            got = await stream(*parts)
            assert (got.text, got.error, got.pieces[-1].is_last) == ("Hi", None, True), parts
    for parts in ([chunk("Hi")], [chunk("Hi"), USAGE_ALONE], [chunk("Hi [DONE]")]):
        assert not any(piece.is_last for piece in (await stream(*parts)).pieces), parts


async def test_nothing_but_usage_counts_behind_the_end() -> None:
    for behind in (b"{", b'{"error":{"message":"no"}}', b"[" * 100_000, b"\xff", chunk("more")):
        for parts in ([DONE + event(behind)], [DONE, event(behind), chunk("more")]):
            got = await stream(chunk("Hi"), *parts)
            assert (got.text, got.error) == ("Hi", None), behind


async def test_text_that_is_held_back_comes_before_the_end() -> None:
    for held in ("<thi", "<think>Hm"):
        got = await stream(chunk(held), DONE)
        assert got.text + got.reasoning == held.removeprefix("<think>")
        assert got.pieces[-1].is_last


async def test_the_end_of_the_last_line_and_the_lines_between_events_may_be_missing() -> None:
    assert (await stream(chunk("Hi"), STOP.rstrip())).finish_reason == "stop"
    lines = [part.replace(b"\n\n", b"\n") for part in (chunk("Hel"), chunk("lo"), STOP)]
    for end in (b"data: [DONE]\n", b"data: [DONE]\n\n", b"data: [DONE]", b""):
        for parts in ([*lines, end], [b"".join(lines) + end]):
            got = await stream(*parts)
            assert (got.text, got.finish_reason, got.error) == ("Hello", "stop", None), parts
            assert any(piece.is_last for piece in got.pieces) == bool(end), parts


async def test_among_such_lines_nothing_counts_behind_the_end_and_each_must_be_a_chunk() -> None:
    lines = (part.rstrip() for part in (chunk("Hi"), DONE, chunk("more"), USAGE_ALONE))
    assert (5, 2) in await counts([b"\n".join(lines) + b"\n\n", chunk("and more")])
    got = await stream(chunk("Hel").rstrip() + b"\ndata: {\n\n", STOP)
    assert (got.text, got.error_class) == ("Hel", "bad_response")


async def test_bytes_that_are_no_utf8_and_control_characters_are_replaced() -> None:
    got = await stream(
        event(b'{"choices":[{"delta":{"content":"a\xffb \\ud83e \\u0000\x7f"}}]}'),
        chunk("\x1b[m\t."),
        STOP,
    )
    assert got.text == "a\ufffdb \ufffd \ufffd\ufffd\ufffd[m\t."


async def test_an_error_within_a_stream_has_its_class_and_keeps_the_text() -> None:
    disconnected = b'{"error":{"message":"Provider disconnected","code":502},"choices":[{}]}'
    no_tools = b'{"error":{"message":"No endpoints found that support tool use","code":404}}'
    cases: dict[bytes, ErrorClass] = {
        event(b'{"error":{"message":"Overloaded","code":429}}'): "rate_limit",
        event(disconnected): "endpoint_failed",
        event(b'{"error":{"message":"The model `x` does not exist"}}'): "model_missing",
        event(b'{"error":{"message":"Incorrect API key provided"}}'): "auth",
        event(no_tools): "refused",
        event(b'{"error":"no"}'): "endpoint_failed",
        b'event: error\ndata: {"error":{"type":"overloaded_error"}}\n\n': "rate_limit",
        b'event: error\ndata: {"object":"error","message":"m","code":400}\n\n': "refused",
        b"event: error\ndata: something broke\n\n": "endpoint_failed",
        b'error: {"code":500,"message":"context size exceeded"}\n\n': "context_length",
        chunk(finish_reason="error"): "endpoint_failed",
        event(b'{"choices":[{"error":{"code":429,"message":"m"},"delta":{}}]}'): "rate_limit",
        event(b'{"choices":'): "bad_response",
        event(b'{"choices":{"a":1}}'): "bad_response",
        event(b"[" * 100_000): "bad_response",
        event(b"\xff\xfe"): "bad_response",
    }
    for error, expected in cases.items():
        for parts in ([chunk("Before"), error, DONE], [chunk("Before") + error]):
            got = await stream(*parts)
            assert (got.text, got.error_class) == ("Before", expected), error[:80]


async def test_an_error_in_the_place_of_a_stream_has_its_class() -> None:
    cases: dict[bytes, ErrorClass] = {
        PAGE: "not_found",
        b'{"error":{"message":"m","code":"rate_limit_exceeded"}}': "rate_limit",
        b'\n {"detail":"m"}': "bad_response",
        b"": "bad_response",
        b"Internal Server Error": "bad_response",
        b": only a comment\n\n": "bad_response",
        b"Ollama is running": "not_found",
        b'{"error":"model \'x\' not found"}': "model_missing",
        b'{"error":"Unexpected endpoint or method. (POST /chat/completions)"}': "not_found",
    }
    assert {body: (await stream(body)).error_class for body in cases} == cases


def _delta(members: bytes, more: bytes = b"") -> bytes:
    return event(b'{"choices":[{"delta":' + members + more + b"}]}")


async def test_a_tool_that_the_model_asks_for_is_named() -> None:
    calls = b'{"tool_calls":[{"index":0,"function":{"name":"search","arguments":"{}"}}]}'
    cases: dict[bytes, list[str]] = {
        _delta(calls): ["search"],
        _delta(calls, b',"finish_reason":"tool_calls"'): ["search"],
        _delta(b'{"function_call":{"name":"search","arguments":""}}'): ["search"],
        _delta(b'{"tool_calls":null}'): [],
        _delta(b'{"tool_calls":{"a":1}}'): [],
        _delta(b'{"tool_calls":[null,7,{"function":[]},{"function":{"name":""}}]}'): [],
        _delta(b'{"tool_calls":[{"function":{"name":7,"arguments":"x"}}]}'): [],
        _delta(b'{"function_call":"auto"}'): [],
        _delta(b'{"function_call":{"arguments":"x"}}'): [],
    }
    for sent, names in cases.items():
        got = await stream(sent, chunk("Hi", finish_reason="tool_calls"), DONE)
        assert [piece.tool for piece in got.pieces if piece.tool] == names, sent
        assert (got.text, got.error) == ("Hi", None)
