"""Answers and refusals that break off, stall or become unreadable: what came of them counts."""

import asyncio
from pathlib import Path

import pytest

from services.ai.provider.connection import Connection
from services.ai.provider.errors import EndpointError
from services.ai.provider.settings import Timeouts
from services.ai.provider.stream import bodies
from tests.integration.ai.provider.transport import asked, asked_at_once, tls, told
from tests.support.provider import QUESTION, Got, connected_to
from tests.support.scripted import DONE, chunk, event
from tests.support.wire import (
    OK,
    arrived,
    closing,
    framed,
    in_chunks,
    measured,
    running_wire,
    stalling,
)

CHUNKED = OK + b"transfer-encoding: chunked\r\n\r\n"
FIRST = framed(chunk("Hello"))
SOON = Timeouts(idle=1.0)
SAID = ("Hello", ", ", "world.")
PARTS = [event(b'{"choices":[{"delta":{"content":"%b"}}]}' % text.encode()) for text in SAID]
WHOLE = {"chunks": in_chunks(*PARTS, DONE), "length": measured(b"".join([*PARTS, DONE]))}


@pytest.mark.parametrize("framing", WHOLE)
def test_cut_off_anywhere(runner: asyncio.Runner, framing: str) -> None:
    whole = WHOLE[framing]
    results = runner.run(asked_for_each_cut(whole))
    head = whole.index(b"\r\n\r\n") + 4
    for place, got in enumerate(results):
        came = whole[:place]
        assert got.text == "".join(t for t, part in zip(SAID, PARTS, strict=True) if part in came)
        expected = None if DONE in came else "unreachable" if place < head else "cut_off"
        assert got.error_class == expected, came


async def asked_for_each_cut(whole: bytes) -> list[Got]:
    """Ask for the response cut before each of its bytes.

    The body comes once its reader waits: bytes that come with the head are lost at a cut.
    """
    head = whole.index(b"\r\n\r\n") + 4
    is_read = asyncio.Event()

    async def cut(writer: asyncio.StreamWriter) -> None:
        reply = whole[: len(results)]
        writer.write(reply[:head])
        if len(reply) >= head:
            await is_read.wait()
        writer.write(reply[head:])
        writer.close()

    results: list[Got] = []
    async with running_wire(cut) as endpoint, connected_to(endpoint.base_url) as connection:
        for _ in whole:
            is_read.clear()
            results.append(await read_from(connection, is_read))
    return results


async def read_from(connection: Connection, is_read: asyncio.Event) -> Got:
    got = Got()
    try:
        async with connection.answer(QUESTION) as pieces:
            # In the next iteration of the loop: by then the reader waits for the first time.
            asyncio.get_running_loop().call_soon(is_read.set)
            async for piece in pieces:
                got.pieces.append(piece)
    except EndpointError as error:
        got.error = error
    return got


def test_text_right_before_a_cut_is_kept(runner: asyncio.Runner) -> None:
    """The client drops unread bytes at a cut: they must be read as they come."""
    words = [f"word{n} " for n in range(20)]

    async def write(writer: asyncio.StreamWriter) -> None:
        writer.write(CHUNKED)
        for word in words:
            await asyncio.sleep(0.005)
            writer.write(framed(chunk(word)))
        writer.close()

    ([got], _) = runner.run(asked(write))
    assert (got.text, got.fault.error_class) == ("".join(words), "cut_off")


@pytest.mark.parametrize("tunnelled", [False, True])
def test_a_reset_within_the_answer(
    runner: asyncio.Runner, trusted: Path, *, tunnelled: bool
) -> None:
    async def break_off(writer: asyncio.StreamWriter) -> None:
        writer.write(CHUNKED + FIRST)
        await arrived(writer)
        writer.transport.abort()

    context = tls(trusted) if tunnelled else None
    ([got], endpoint) = runner.run(asked(break_off, context=context, host="localhost"))
    assert (got.text, got.fault.error_class, len(endpoint.asked)) == ("Hello", "cut_off", 1)


def test_an_answer_that_becomes_unreadable_ends(runner: asyncio.Runner) -> None:
    """The client raises nothing for a chunk without a size, or one that is too long."""
    ends: list[tuple[bytes, ...]] = [
        (),
        (b"zz\r\n",),
        (b"0\r\nx: " + b"y" * 100_000,),
        (b"4;x=" + b"y" * 100_000 + b"\r\n",),
    ]
    replies = [stalling(CHUNKED, FIRST, *end) for end in ends]
    for [got], endpoint in runner.run(asked_at_once(*replies, timeouts=SOON)):
        assert (got.text, got.error_class, len(endpoint.asked)) == ("Hello", "timeout", 1)


def test_a_refusal_that_breaks_off_or_stalls_is_one(
    runner: asyncio.Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bodies, "READ_SECONDS", 0.1)
    head = b"HTTP/1.1 401 Unauthorized\r\ncontent-length: 1000\r\n\r\n"
    for rest in (b"", b"{}", b'{"error": {"message": "x"}}'):
        for reply in (closing(head, rest), stalling(head, rest)):
            ([got], _) = runner.run(asked(reply))
            assert told(got) == ("auth", "AuthenticationError 401")
