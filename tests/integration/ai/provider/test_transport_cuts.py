"""Answers and refusals that break off, stall or cannot be read on: what came of them counts."""

import asyncio
from pathlib import Path

import pytest

from services.ai.provider.connection import Connection
from services.ai.provider.errors import EndpointError
from services.ai.provider.settings import Timeouts
from services.ai.provider.stream import bodies
from services.shared.bus.messages import ErrorClass
from tests.integration.ai.provider.transport import (
    asked,
    certificate,
    no_pauses,
    no_proxies,
    runner,
    tls,
    trusted,
)
from tests.support.provider import QUESTION, Got, connected_to
from tests.support.scripted import DONE, STOP, chunk
from tests.support.wire import (
    HELLO,
    OK,
    arrived,
    closing,
    framed,
    in_chunks,
    measured,
    running_wire,
    stalling,
)

__all__ = ["certificate", "no_pauses", "no_proxies", "runner", "trusted"]

CHUNKED = OK + b"transfer-encoding: chunked\r\n\r\n"
FIRST = framed(chunk("Hello"))
SOON = Timeouts(connect=5.0, idle=0.3)
SAID = ("Hello", ", ", "world.")
WHOLE = in_chunks(*map(chunk, SAID), STOP, DONE)


@pytest.mark.parametrize("whole", [WHOLE, measured(HELLO)], ids=["chunks", "length"])
def test_cut_off_anywhere(runner: asyncio.Runner, whole: bytes) -> None:
    results = runner.run(asked_for_each_cut(whole))
    head = whole.index(b"\r\n\r\n") + 4
    for place, got in enumerate(results):
        came = whole[:place]
        assert got.text == "".join(text for text in SAID if chunk(text) in came)
        expected = None if DONE in came else "unreachable" if place < head else "cut_off"
        assert (got.error and got.error.error_class) == expected


async def asked_for_each_cut(whole: bytes) -> list[Got]:
    """Ask for the response as it is when it breaks off here: before each of its bytes.

    The body comes once its reader waits: what comes with the head is lost where that breaks off.
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
            # In the loop's next turn; until then nothing keeps the reading from its first wait.
            asyncio.get_running_loop().call_soon(is_read.set)
            async for piece in pieces:
                got.pieces.append(piece)
    except EndpointError as error:
        got.error = error
    return got


def test_what_came_last_before_a_cut_is_there(runner: asyncio.Runner) -> None:
    """It would not be, were bytes left in the client for a while: it drops them then."""
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


@pytest.mark.parametrize(
    ("behind", "expected"),
    [
        ((), "timeout"),
        ((b"zz\r\n",), "timeout"),
        ((b"0\r\nx: " + b"y" * 100_000,), "timeout"),
        ((b"4;x=" + b"y" * 100_000 + b"\r\n",), "timeout"),
    ],
    ids=["silence", "no size", "long trailer", "long extension"],
)
def test_what_cannot_be_read_on_ends(
    runner: asyncio.Runner, behind: tuple[bytes, ...], expected: ErrorClass
) -> None:
    """Of the latter the client tells nobody."""
    ([got], endpoint) = runner.run(asked(stalling(CHUNKED, FIRST, *behind), timeouts=SOON))
    assert (got.text, got.fault.error_class, len(endpoint.asked)) == ("Hello", expected, 1)


@pytest.mark.parametrize("rest", [b"", b"{}", b'{"error": {"message": "x"}}'])
def test_a_refusal_that_breaks_off_or_stalls_is_one(
    runner: asyncio.Runner, monkeypatch: pytest.MonkeyPatch, rest: bytes
) -> None:
    monkeypatch.setattr(bodies, "READ_SECONDS", 0.2)
    head = b"HTTP/1.1 401 Unauthorized\r\ncontent-length: 1000\r\n\r\n"
    for reply in (closing(head, rest), stalling(head, rest)):
        ([got], _) = runner.run(asked(reply))
        assert got.fault.diagnosis == "AuthenticationError 401"
        assert got.fault.error_class == "auth"
