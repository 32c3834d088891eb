"""Bodies that are compressed without being asked, and what they unfold to."""

import asyncio
import gzip
import zlib

import pytest

from services.ai.provider.errors import EndpointError
from services.shared.bus.messages import ErrorClass
from tests.integration.ai.provider.transport import (
    asked,
    certificate,
    is_whole,
    no_pauses,
    no_proxies,
    runner,
    trusted,
)
from tests.support.provider import QUESTION, connected_to
from tests.support.scripted import DONE, STOP, chunk, event
from tests.support.waiting import DEADLINE_SECONDS
from tests.support.wire import HELLO, OK, framed, measured, running_wire

__all__ = ["certificate", "no_pauses", "no_proxies", "runner", "trusted"]


@pytest.mark.parametrize(
    ("coding", "body"),
    [
        (b"gzip", b"\x1f\x8b\x08 but no more"),
        (b"gzip", b"plain"),
        (b"br", gzip.compress(HELLO)),
        (b", ".join([b"gzip"] * 6), HELLO),
    ],
    ids=range(4),
)
def test_a_coding_that_cannot_be_read(runner: asyncio.Runner, coding: bytes, body: bytes) -> None:
    head = b"HTTP/1.1 200 OK\r\ncontent-encoding: %b\r\n" % coding
    ([got], _) = runner.run(asked(measured(body, head=head)))
    assert (got.text, got.fault.error_class) == ("", "bad_response")


@pytest.mark.parametrize(
    ("coding", "body"),
    [
        (b"x-gzip", gzip.compress(HELLO)),
        (b"identity, gzip", gzip.compress(HELLO)),
        (b"GZIP, Identity", gzip.compress(HELLO)),
        (b"identity, identity", HELLO),
        (b"none", HELLO),
        (b"utf-8", HELLO),
        (b"", HELLO),
        (b"gzip", gzip.compress(HELLO)[:-8]),
        (b"gzip", gzip.compress(HELLO) + b"more"),
    ],
    ids=range(9),
)
def test_what_servers_say_of_it_may_be_odd(
    runner: asyncio.Runner, coding: bytes, body: bytes
) -> None:
    head = b"HTTP/1.1 200 OK\r\ncontent-encoding: %b\r\n" % coding
    ([got], _) = runner.run(asked(measured(body, head=head)))
    assert is_whole(got)


@pytest.mark.parametrize("wbits", [31, 15, -15], ids=["gzip", "zlib", "deflate"])
def test_each_event_is_read_before_the_next_is_sent(runner: asyncio.Runner, wbits: int) -> None:
    words, is_read = [f"word{n} " for n in range(50)], asyncio.Event()
    packing = zlib.compressobj(wbits=wbits)
    coding = b"gzip" if wbits == 31 else b"deflate"

    async def write(writer: asyncio.StreamWriter) -> None:
        head = OK + b"content-encoding: %b\r\ntransfer-encoding: chunked\r\n\r\n" % coding
        writer.write(head)
        for word in words:
            part = packing.compress(chunk(word)) + packing.flush(zlib.Z_SYNC_FLUSH)
            writer.write(framed(part))
            await is_read.wait()
            is_read.clear()
        writer.write(framed(packing.compress(STOP + DONE) + packing.flush()) + b"0\r\n\r\n")

    async def run() -> list[str]:
        said = []
        async with (
            running_wire(write) as endpoint,
            connected_to(endpoint.base_url) as connection,
            connection.answer(QUESTION) as pieces,
            asyncio.timeout(DEADLINE_SECONDS),
        ):
            async for piece in pieces:
                said.append(piece.text)
                is_read.set()
        return said

    assert [text for text in runner.run(run()) if text] == words


def test_a_completion_may_be_compressed(runner: asyncio.Runner) -> None:
    body = b'{"choices":[{"message":{"content":"Hello, world."},"finish_reason":"stop"}]}'
    head = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-encoding: gzip\r\n"
    ([got], _) = runner.run(asked(measured(gzip.compress(body), head=head)))
    assert is_whole(got)


BY_STATUS: dict[int, ErrorClass] = {401: "auth", 500: "endpoint_failed"}
BOMBS = {
    "a completion": b'{"choices":[{"message":{"content":"' + b" " * 50_000_000,
    "one line": b"data: " + b" " * 50_000_000,
    "comments": b": wait\n\n" * 5_000_000,
    "empty chunks": event(b'{"choices":[]}') * 2_000_000,
    "a page": b"<" * 50_000_000,
}


@pytest.mark.parametrize("name", BOMBS)
@pytest.mark.parametrize("status", [200, 401, 500])
def test_of_what_unfolds_to_too_much_the_beginning_is_read(
    runner: asyncio.Runner, name: str, status: int
) -> None:
    """The bounds count what is read, not what was sent."""
    head = b"HTTP/1.1 %d X\r\ncontent-encoding: gzip\r\nx-should-retry: false\r\n" % status
    ([got], _) = runner.run(asked(measured(gzip.compress(BOMBS[name], 1), head=head)))
    assert got.text == ""
    of_200: ErrorClass = "not_found" if name == "a page" else "bad_response"
    assert got.fault.error_class == {**BY_STATUS, 200: of_200}[status]


def _gzipped_name(size: int) -> bytes:
    """Begin a gzip file whose name never ends: unfolded, it gives out nothing."""
    return b"\x1f\x8b\x08\x08\0\0\0\0\0\x03" + b"a" * size


@pytest.mark.parametrize("status", [200, 401, 500])
def test_codings_in_each_other_are_not_unfolded(runner: asyncio.Runner, status: int) -> None:
    """A few kilobytes would be gigabytes within, of which not a byte is given out."""
    body = gzip.compress(gzip.compress(_gzipped_name(2_000_000)))
    head = b"HTTP/1.1 %d X\r\ncontent-encoding: gzip, gzip, gzip\r\n" % status
    head += b"x-should-retry: false\r\n"
    ([got], _) = runner.run(asked(measured(body, head=head)))
    assert got.text == ""
    assert got.fault.error_class == {**BY_STATUS, 200: "bad_response"}[status]


def test_two_codings_are_refused_even_where_they_are_right(runner: asyncio.Runner) -> None:
    body = gzip.compress(gzip.compress(HELLO))
    head = OK + b"content-encoding: gzip\r\ncontent-encoding: gzip\r\n"
    ([got], _) = runner.run(asked(measured(body, head=head)))
    assert (got.text, got.fault.error_class) == ("", "bad_response")


def test_the_list_of_models_is_bounded_as_it_unfolds(runner: asyncio.Runner) -> None:
    body = b'{"data": [' + b'{"id": "x"},' * 2_000_000
    reply = measured(gzip.compress(body, 1), head=OK + b"content-encoding: gzip\r\n")

    async def run() -> None:
        async with running_wire(reply) as endpoint, connected_to(endpoint.base_url) as connection:
            with pytest.raises(EndpointError) as raised:
                await connection.knowledge.listing.get()
        assert raised.value.error_class == "bad_response"

    runner.run(run())
