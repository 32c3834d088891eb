"""Endpoints that do not stream although they were asked to: one completion, however it comes."""

import json

from services.ai.provider.stream.bodies import LONGEST_COMPLETION
from services.shared.bus.answer_errors import ErrorClass
from tests.support.provider import ask_each, ask_scripted, stream
from tests.support.scripted import Reply

HARMONY = "<|channel|>analysis<|message|>Hm.<|end|><|start|>assistant<|channel|>final<|message|>So."


def completion(message: object, **more: object) -> dict[str, object]:
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    usage = {"prompt_tokens": 5, "completion_tokens": 2, "total_tokens": 7}
    whole = {"id": "c", "object": "chat.completion", "created": 1, "model": "scripted"}
    return {**whole, "choices": [choice], "usage": usage, **more}


WHOLE = completion({"role": "assistant", "content": "Hello, *world*.\n"})


def body(value: object, indent: int | None = None) -> bytes:
    return json.dumps(value, indent=indent).encode()


async def test_a_completion_is_an_answer_that_came_at_once() -> None:
    one = body(WHOLE)
    for written in (one, body(WHOLE, 2), b"\n\n  " + one, b"\xef\xbb\xbf" + one):
        for size in (1, 50, 10_000):
            got = await stream(*(written[n : n + size] for n in range(0, len(written), size)))
            (piece,) = [piece for piece in got.pieces if piece.text]
            assert (piece.text, piece.model, got.error) == ("Hello, *world*.\n", "scripted", None)
            assert (piece.finish_reason, *piece[4:6]) == ("stop", 5, 2)
            assert got.pieces[-1].is_last


async def test_the_media_type_does_not_matter() -> None:
    types = ["application/json", "text/event-stream", "application/json; charset=utf-8", ""]
    got = await ask_each({f"m{t}": Reply((body(WHOLE),), media_type=t) for t in types})
    assert {one.text for one in got.values()} == {"Hello, *world*.\n"}


async def test_its_message_is_read_as_those_of_a_stream() -> None:
    cases: list[tuple[object, str, str]] = [
        ({"content": "So.", "reasoning_content": "Hm."}, "Hm.", "So."),
        ({"content": "So.", "reasoning": "Hm."}, "Hm.", "So."),
        ({"content": "<think>Hm.</think>So."}, "Hm.", "So."),
        ({"content": "Hm.</think>So."}, "Hm.", "So."),
        ({"content": [{"type": "text", "text": "So."}]}, "", "So."),
        ({"content": None, "refusal": "No."}, "", "No."),
        ({"content": HARMONY}, "Hm.", "So."),
        ({"content": "\ud83d\ude00 <"}, "", "\N{GRINNING FACE} <"),
        ({"content": None}, "", ""),
    ]
    for message, *expected in cases:
        got = await stream(body(completion(message)))
        assert [got.reasoning, got.answer] == expected, message
        assert got.finish_reason == "stop"


async def test_one_without_a_message_is_an_empty_answer_or_has_its_text() -> None:
    nothing: list[object] = [[], None, [{}], [{"message": None}], [{"text": ""}]]
    for choices in nothing:
        got = await stream(body(completion(None, choices=choices)))
        assert (got.text, got.error, got.pieces[-1].is_last) == ("", None, True), choices
    before_chats = [{"text": "Hello.", "index": 0, "finish_reason": "length"}]
    got = await stream(body(completion(None, choices=before_chats)))
    assert (got.text, got.finish_reason) == ("Hello.", "length")


async def test_an_error_in_its_place_has_its_class() -> None:
    exhausted = {"error": {"code": 429, "message": "Quota", "status": "RESOURCE_EXHAUSTED"}}
    in_choice = [{"error": {"code": 429}, "message": {}}]
    cases: dict[bytes, ErrorClass] = {
        body({"error": {"message": "Invalid API key", "code": "invalid_api_key"}}): "auth",
        body([exhausted]): "rate_limit",
        body(completion({"content": "x"}, error={"code": 429})): "rate_limit",
        body(completion(None, choices=in_choice)): "rate_limit",
        body({"detail": "No."}): "bad_response",
        body(WHOLE)[:-9]: "bad_response",
        b"[" * 100_000: "bad_response",
        b"<html>No API here</html>": "not_found",
    }
    for written, error in cases.items():
        for parts in ((written,), (written[:9], written[9:])):
            got = await stream(*parts)
            assert (got.text, got.error_class) == ("", error), written[:80]


async def test_one_that_breaks_off_was_cut() -> None:
    got = await ask_scripted(Reply((body(WHOLE)[:-9],), cuts=True))
    assert (got.text, got.error_class) == ("", "cut_off")


async def test_one_without_end_is_read_as_far_as_an_answer_can_be() -> None:
    start = b'{"choices":[{"message":{"content":"'
    got = await stream(start, *[b"x" * 1_000_000] * (LONGEST_COMPLETION // 1_000_000 + 2))
    assert (got.text, got.error_class) == ("", "bad_response")
    got = await stream(body(completion({"content": "x" * (LONGEST_COMPLETION - 1000)})))
    assert (len(got.text), got.error) == (LONGEST_COMPLETION - 1000, None)
