"""Endpoints that do not stream though they were asked to: one completion, however it comes."""

import json

import pytest

from services.ai.provider.stream.bodies import LONGEST_COMPLETION
from tests.support.provider import ask_scripted
from tests.support.scripted import Reply

MEDIA_TYPES = ["application/json", "text/event-stream", "application/json; charset=utf-8", ""]


def completion(message: object, **more: object) -> dict[str, object]:
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    usage = {"prompt_tokens": 5, "completion_tokens": 2, "total_tokens": 7}
    whole = {"id": "c", "object": "chat.completion", "created": 1, "model": "scripted"}
    return {**whole, "choices": [choice], "usage": usage, **more}


WHOLE = completion({"role": "assistant", "content": "Hello, *world*.\n"})


def body(value: object, indent: int | None = None) -> bytes:
    return json.dumps(value, indent=indent).encode()


@pytest.mark.parametrize("media_type", MEDIA_TYPES)
@pytest.mark.parametrize(
    "written", [body(WHOLE), body(WHOLE, 2), b"\n\n  " + body(WHOLE), b"\xef\xbb\xbf" + body(WHOLE)]
)
@pytest.mark.parametrize("size", [1, 50, 10_000])
async def test_a_completion_is_an_answer_that_came_at_once(
    media_type: str, written: bytes, size: int
) -> None:
    parts = [written[n : n + size] for n in range(0, len(written), size)]
    got = await ask_scripted(Reply(parts, media_type=media_type))
    (piece,) = [piece for piece in got.pieces if piece.text]
    assert (piece.text, piece.model, got.error) == ("Hello, *world*.\n", "scripted", None)
    assert (piece.finish_reason, piece.prompt_tokens, piece.completion_tokens) == ("stop", 5, 2)
    assert got.pieces[-1].is_last


@pytest.mark.parametrize(
    ("message", "reasoning", "text"),
    [
        ({"content": "So.", "reasoning_content": "Hm."}, "Hm.", "So."),
        ({"content": "So.", "reasoning": "Hm."}, "Hm.", "So."),
        ({"content": "<think>Hm.</think>So."}, "Hm.", "So."),
        ({"content": "Hm.</think>So."}, "Hm.", "So."),
        ({"content": [{"type": "text", "text": "So."}]}, "", "So."),
        ({"content": None, "refusal": "No."}, "", "No."),
        ({"content": "<|channel|>analysis<|message|>Hm.<|end|><|start|>assistant"
          "<|channel|>final<|message|>So."}, "Hm.", "So."),
        ({"content": "\ud83d\ude00 <"}, "", "\N{GRINNING FACE} <"),
        ({"content": None}, "", ""),
    ],
)  # fmt: skip
async def test_what_its_message_holds_is_told_apart_as_in_a_stream(
    message: object, reasoning: str, text: str
) -> None:
    got = await ask_scripted(Reply((body(completion(message)),)))
    assert (got.reasoning, got.answer, got.finish_reason) == (reasoning, text, "stop")


@pytest.mark.parametrize("choices", [[], None, [{}], [{"message": None}], [{"text": ""}]])
async def test_one_that_says_nothing_is_an_empty_answer(choices: object) -> None:
    got = await ask_scripted(Reply((body(completion(None, choices=choices)),)))
    assert (got.text, got.error) == ("", None)
    assert got.pieces[-1].is_last


async def test_one_of_the_kind_before_chats_has_its_text() -> None:
    choices = [{"text": "Hello.", "index": 0, "finish_reason": "length"}]
    got = await ask_scripted(Reply((body(completion(None, choices=choices)),)))
    assert (got.text, got.finish_reason) == ("Hello.", "length")


@pytest.mark.parametrize(
    ("written", "error"),
    [
        (body({"error": {"message": "Invalid API key", "code": "invalid_api_key"}}), "auth"),
        (body([{"error": {"code": 429, "message": "Quota", "status": "RESOURCE_EXHAUSTED"}}]),
         "rate_limit"),
        (body(completion({"content": "x"}, error={"code": 429})), "rate_limit"),
        (body(completion(None, choices=[{"error": {"code": 429}, "message": {}}])), "rate_limit"),
        (body({"detail": "No."}), "bad_response"),
        (body(WHOLE)[:-9], "bad_response"),
        (b"[" * 100_000, "bad_response"),
        (b"<html>No API here</html>", "not_found"),
    ],
)  # fmt: skip
async def test_an_error_in_its_place_is_one(written: bytes, error: str) -> None:
    for parts in ((written,), (written[:9], written[9:])):
        got = await ask_scripted(Reply(parts, media_type="application/json"))
        assert (got.text, got.fault.error_class) == ("", error)


async def test_one_that_breaks_off_was_cut() -> None:
    got = await ask_scripted(Reply((body(WHOLE)[:-9],), cuts=True))
    assert (got.text, got.fault.error_class) == ("", "cut_off")


async def test_one_without_end_is_read_as_far_as_an_answer_can_be() -> None:
    start = b'{"choices":[{"message":{"content":"'
    got = await ask_scripted(Reply((start,), repeats=b"x" * 100_000))
    assert (got.text, got.fault.error_class) == ("", "bad_response")
    long = completion({"content": "x" * (LONGEST_COMPLETION - 1000)})
    got = await ask_scripted(Reply((body(long),)))
    assert (len(got.text), got.error) == (LONGEST_COMPLETION - 1000, None)
