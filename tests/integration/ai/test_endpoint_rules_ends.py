"""The end of a stream: `[DONE]` however it is written, and what may stand behind it."""

import pytest

from tests.support.provider import stream
from tests.support.scripted import DONE, STOP, chunk, event

USAGE = event(b'{"choices":[],"usage":{"prompt_tokens":5,"completion_tokens":2}}')
WRITTEN = [
    b"data: [DONE]\n\n",
    b"data:[DONE]\n\n",
    b"data:   [DONE]  \n\n",
    b"data: [DONE]\r\n\r\n",
    b"data: [DONE]\r\r",
    b"event: done\ndata: [DONE]\n\n",
    b"data: [DONE]\n\ndata: [DONE]\n\n",
    b"data: [DONE]\n",
    b"data: [DONE]",
]


@pytest.mark.parametrize("done", WRITTEN)
async def test_an_answer_is_whole_that_is_said_to_be_done(done: bytes) -> None:
    for parts in ([chunk("Hi"), done], [chunk("Hi") + done], [chunk("Hi"), STOP, done]):
        got = await stream(*parts)
        assert (got.text, got.error) == ("Hi", None)
        assert got.pieces[-1].is_last


@pytest.mark.parametrize("parts", [[chunk("Hi")], [chunk("Hi"), USAGE], [chunk("Hi [DONE]")]])
async def test_one_of_which_that_is_not_said_is_not(parts: list[bytes]) -> None:
    got = await stream(*parts)
    assert not any(piece.is_last for piece in got.pieces)


@pytest.mark.parametrize("parts", [[DONE + USAGE], [DONE, USAGE], [DONE, DONE, USAGE, DONE]])
async def test_the_counts_may_stand_behind_the_end(parts: list[bytes]) -> None:
    got = await stream(chunk("Hi"), *parts)
    assert (5, 2) in [(piece.prompt_tokens, piece.completion_tokens) for piece in got.pieces]
    assert any(piece.is_last for piece in got.pieces)
    assert (got.text, got.error) == ("Hi", None)


@pytest.mark.parametrize("behind", [b"{", b'{"error":{"message":"no"}}', b"[" * 100_000, b"\xff"])
async def test_whatever_else_stands_there_is_no_part_of_the_answer(behind: bytes) -> None:
    for parts in ([DONE + event(behind)], [DONE, event(behind), chunk("more")]):
        got = await stream(chunk("Hi"), *parts)
        assert (got.text, got.error) == ("Hi", None)


@pytest.mark.parametrize("held", ["<thi", "<think>Hm"])
async def test_what_was_held_back_comes_before_the_end(held: str) -> None:
    got = await stream(chunk(held), DONE)
    assert got.text + got.reasoning == held.removeprefix("<think>")
    assert got.pieces[-1].is_last


@pytest.mark.parametrize("end", [b"data: [DONE]\n", b"data: [DONE]\n\n", b"data: [DONE]", b""])
async def test_the_empty_lines_between_events_may_be_missing(end: bytes) -> None:
    lines = [part.replace(b"\n\n", b"\n") for part in (chunk("Hel"), chunk("lo"), STOP)]
    for parts in ([*lines, end], [b"".join(lines) + end]):
        got = await stream(*parts)
        assert (got.text, got.finish_reason, got.error) == ("Hello", "stop", None)
        assert any(piece.is_last for piece in got.pieces) == bool(end)


async def test_nothing_counts_behind_an_end_among_such_lines() -> None:
    lines = b"\n".join(part.rstrip() for part in (chunk("Hello"), DONE, chunk("more"), USAGE))
    got = await stream(lines + b"\n\n", chunk("and more"))
    assert (got.text, got.error) == ("Hello", None)
    assert (5, 2) in [(piece.prompt_tokens, piece.completion_tokens) for piece in got.pieces]


async def test_lines_of_which_one_is_no_chunk_are_none() -> None:
    got = await stream(chunk("Hel").rstrip() + b"\ndata: {\n\n", STOP)
    assert (got.text, got.fault.error_class) == ("Hel", "bad_response")
