"""Bodies that are compressed although nobody asked for it, and how much of them is read."""

import asyncio
import gzip
import zlib

import pytest

from services.ai.provider.errors import EndpointError
from services.shared.bus.answer_errors import ErrorClass
from tests.integration.ai.provider.transport import asked, is_whole
from tests.support.provider import QUESTION, connected_to
from tests.support.scripted import DONE, STOP, chunk, event
from tests.support.waiting import DEADLINE_SECONDS
from tests.support.wire import HELLO, OK, framed, in_chunks, measured, running_wire

WORDS = [f"word{n} " for n in range(20)]
CODED = b"HTTP/1.1 200 OK\r\ncontent-encoding: %b\r\n"
HEAD = b"HTTP/1.1 %d X\r\nx-should-retry: false\r\ncontent-encoding: %b\r\n"
BY_STATUS: dict[int, ErrorClass] = {401: "auth", 500: "endpoint_failed"}


def test_a_coding_that_cannot_be_read(runner: asyncio.Runner) -> None:
    for coding, body in (
        (b"gzip", b"\x1f\x8b\x08 but no more"),
        (b"gzip", b"plain"),
        (b"br", gzip.compress(HELLO)),
        (b", ".join([b"gzip"] * 6), HELLO),
        (b"gzip, gzip", gzip.compress(gzip.compress(HELLO))),
    ):
        head = CODED % coding
        ([got], _) = runner.run(asked(measured(body, head=head)))
        assert (got.text, got.error_class) == ("", "bad_response"), coding


def deflated(data: bytes, wbits: int) -> bytes:
    return (packing := zlib.compressobj(wbits=wbits)).compress(data) + packing.flush()


def test_each_coding_is_read_by_any_of_its_names(runner: asyncio.Runner) -> None:
    for coding, body in (
        (b"gzip", gzip.compress(HELLO)),
        (b"GZIP", gzip.compress(HELLO)),
        (b"deflate", deflated(HELLO, 15)),
        (b"deflate", deflated(HELLO, -15)),
        (b"x-gzip", gzip.compress(HELLO)),
        (b"identity, gzip", gzip.compress(HELLO)),
        (b"GZIP, Identity", gzip.compress(HELLO)),
        (b"identity, identity", HELLO),
        (b"none", HELLO),
        (b"utf-8", HELLO),
        (b"", HELLO),
        (b"gzip", gzip.compress(HELLO)[:-8]),
        (b"gzip", gzip.compress(HELLO) + b"more"),
    ):
        parts = [body[n : n + 7] for n in range(0, len(body), 7)]
        for reply in (measured(body, head=CODED % coding), in_chunks(*parts, head=CODED % coding)):
            ([got], endpoint) = runner.run(asked(reply))
            assert is_whole(got), (coding, reply)
            assert b"accept-encoding: identity\r\n" in endpoint.asked[0].lower()


def test_each_event_is_read_before_the_next_is_sent(runner: asyncio.Runner) -> None:
    for wbits in (31, 15, -15):
        assert runner.run(words_read_one_by_one(wbits)) == WORDS


async def words_read_one_by_one(wbits: int) -> list[str]:
    """Read words, each of which is sent when the one before it has been read."""
    is_read = asyncio.Event()
    packing = zlib.compressobj(wbits=wbits)
    coding = b"gzip" if wbits == 31 else b"deflate"

    async def write(writer: asyncio.StreamWriter) -> None:
        head = OK + b"content-encoding: %b\r\ntransfer-encoding: chunked\r\n\r\n" % coding
        writer.write(head)
        for word in WORDS:
            part = packing.compress(chunk(word)) + packing.flush(zlib.Z_SYNC_FLUSH)
            writer.write(framed(part))
            await is_read.wait()
            is_read.clear()
        writer.write(framed(packing.compress(STOP + DONE) + packing.flush()) + b"0\r\n\r\n")

    said: list[str] = []
    async with (
        running_wire(write) as endpoint,
        connected_to(endpoint.base_url) as connection,
        connection.answer(QUESTION) as pieces,
        asyncio.timeout(DEADLINE_SECONDS),
    ):
        async for piece in pieces:
            said.append(piece.text)
            is_read.set()
    return [text for text in said if text]


def test_a_completion_may_be_compressed(runner: asyncio.Runner) -> None:
    body = b'{"choices":[{"message":{"content":"Hello, world."},"finish_reason":"stop"}]}'
    head = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-encoding: gzip\r\n"
    ([got], _) = runner.run(asked(measured(gzip.compress(body), head=head)))
    assert is_whole(got)


LONG = b" " * 2000
# All of them are longer than the longest event, and than the most bytes without a piece.
BOMBS = {
    "a completion": b'{"choices":[{"message":{"content":"' + LONG * 10_000,
    "one line": b"data: " + LONG * 10_000,
    "comments": (b": wait" + LONG + b"\n\n") * 10_000,
    "empty chunks": event(b'{"choices":[]' + LONG + b"}") * 10_000,
    "a page": b"<" * 20_000_000,
}


def test_the_beginning_is_read_of_a_body_that_decodes_to_too_much(runner: asyncio.Runner) -> None:
    """The bounds count decoded bytes, not those that were sent."""
    for name, bomb in BOMBS.items():
        packed = gzip.compress(bomb, 1)
        of_200: ErrorClass = "not_found" if name == "a page" else "bad_response"
        for status, expected in {**BY_STATUS, 200: of_200}.items():
            ([got], _) = runner.run(asked(measured(packed, head=HEAD % (status, b"gzip"))))
            assert (got.text, got.error_class) == ("", expected), (name, status)


def _gzipped_name(size: int) -> bytes:
    """Begin a gzip file whose name never ends: decoded, it is empty."""
    return b"\x1f\x8b\x08\x08\0\0\0\0\0\x03" + b"a" * size


def test_nested_codings_are_not_decoded(runner: asyncio.Runner) -> None:
    """A few kilobytes would be gigabytes within, without any output."""
    body = gzip.compress(gzip.compress(_gzipped_name(2_000_000)))
    for status, expected in {**BY_STATUS, 200: "bad_response"}.items():
        ([got], _) = runner.run(asked(measured(body, head=HEAD % (status, b"gzip, gzip, gzip"))))
        assert (got.text, got.error_class) == ("", expected), status


def test_the_list_of_models_is_bounded_as_it_is_decoded(runner: asyncio.Runner) -> None:
    body = b'{"data": [' + b'{"id": "x"},' * 800_000
    reply = measured(gzip.compress(body, 1), head=OK + b"content-encoding: gzip\r\n")

    async def run() -> None:
        async with running_wire(reply) as endpoint, connected_to(endpoint.base_url) as connection:
            with pytest.raises(EndpointError) as raised:
                await connection.knowledge.listing.get()
        assert raised.value.error_class == "bad_response"

    runner.run(run())
