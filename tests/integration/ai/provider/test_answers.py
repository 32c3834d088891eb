"""Whole answers over every kind of connection, in every framing and coding."""

import asyncio
import socket
import zlib
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest

from services.ai.provider.ask import Ask
from services.ai.provider.stream import bodies
from services.shared.bus.messages import Turn
from tests.integration.ai.provider.transport import asked, is_whole, tls
from tests.support.provider import QUESTION, Got, ask, connected_to
from tests.support.scripted import DONE, STOP, chunk
from tests.support.waiting import DEADLINE_SECONDS
from tests.support.wire import (
    HELLO,
    OK,
    Behaviour,
    closing,
    dripping,
    framed,
    in_chunks,
    measured,
    running_wire,
    stalling,
    until_the_end,
)

CODED = b"HTTP/1.1 200 OK\r\ncontent-encoding: %b\r\n"
CHUNKED = OK + b"transfer-encoding: chunked\r\n\r\n"
MANY_MEGABYTES = 20_000_000


def test_straight(runner: asyncio.Runner) -> None:
    replies: dict[str, bytes | Behaviour] = {
        "chunks": in_chunks(HELLO),
        "single bytes": in_chunks(*(HELLO[n : n + 1] for n in range(len(HELLO)))),
        "length": measured(HELLO),
        "end of the connection": until_the_end(HELLO),
        "early hints": b"HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n" + measured(HELLO),
        "HTTP/1.0": measured(HELLO).replace(b"HTTP/1.1", b"HTTP/1.0"),
        "bare line feeds": measured(HELLO).replace(b"\r\n", b"\n"),
        "space behind a chunk's size": in_chunks(HELLO).replace(b"\r\ndata", b" \r\ndata"),
        "no last chunk": closing(CHUNKED, framed(HELLO)),
        "no chunk behind the last event": stalling(CHUNKED, framed(HELLO), b"zz\r\n"),
        "too short": closing(OK + b"content-length: %d\r\n\r\n" % (len(HELLO) + 9), HELLO),
        "more behind it": stalling(measured(HELLO), b"more"),
        "dripping": dripping(in_chunks(HELLO), 0),
    }
    for name, reply in replies.items():
        ([got], _) = runner.run(asked(reply))
        assert is_whole(got), name


def test_over_tls(runner: asyncio.Runner, trusted: Path) -> None:
    cases: list[tuple[bytes | Behaviour, int]] = [
        (in_chunks(HELLO), 1),
        (measured(HELLO), 1),
        (until_the_end(HELLO), 2),
    ]
    for reply, connections in cases:
        (got, endpoint) = runner.run(asked(reply, times=2, context=tls(trusted), host="localhost"))
        assert all(map(is_whole, got))
        assert endpoint.connections == connections


@pytest.mark.parametrize("framing", [b"content-length: %d\r\n\r\n", b"\r\n"])
def test_over_tls_from_a_server_that_closes_right_behind_it(
    runner: asyncio.Runner, trusted: Path, framing: bytes
) -> None:
    """The server has its own thread: else the end would not come right behind the last byte."""
    text = "x" * 200_000
    body = b"".join([chunk(text), chunk(text), STOP, DONE])
    head = OK + b"connection: close\r\n" + (framing % len(body) if b"%" in framing else framing)

    def serve(listener: socket.socket) -> None:
        connection, _ = listener.accept()
        with tls(trusted).wrap_socket(connection, server_side=True) as encrypted:
            encrypted.settimeout(DEADLINE_SECONDS)
            encrypted.recv(65_536)
            encrypted.sendall(head + body)
            encrypted.setblocking(False)
            # The client may not have answered the TLS shutdown, or be gone.
            with suppress(OSError):
                encrypted.unwrap()

    async def run(port: int) -> Got:
        async with connected_to(f"https://localhost:{port}/v1") as connection:
            return await ask(connection)

    with socket.create_server(("127.0.0.1", 0)) as listener, ThreadPoolExecutor(1) as threads:
        listener.settimeout(DEADLINE_SECONDS)
        serving: Future[None] = threads.submit(serve, listener)
        got = runner.run(run(listener.getsockname()[1]))
        serving.result(DEADLINE_SECONDS)
    assert is_whole(got, text * 2)


def test_compressed_and_read_as_it_comes(runner: asyncio.Runner) -> None:
    packing = zlib.compressobj(wbits=31)
    first = packing.compress(chunk("Hello")) + packing.flush(zlib.Z_SYNC_FLUSH)
    head = CODED % b"gzip" + b"transfer-encoding: chunked\r\n\r\n"

    async def run() -> None:
        async with (
            running_wire(stalling(head + framed(first))) as endpoint,
            connected_to(endpoint.base_url) as connection,
            connection.answer(QUESTION) as pieces,
            asyncio.timeout(DEADLINE_SECONDS),
        ):
            assert (await anext(pieces)).text == "Hello"

    runner.run(run())


def test_an_answer_of_many_megabytes(runner: asyncio.Runner) -> None:
    part = framed(chunk("x" * 500_000))

    async def write(writer: asyncio.StreamWriter) -> None:
        writer.write(CHUNKED)
        for _ in range(MANY_MEGABYTES // 500_000):
            writer.write(part)
            await writer.drain()
        writer.write(framed(STOP + DONE) + b"0\r\n\r\n")

    async def run() -> int:
        size = 0
        async with (
            running_wire(write) as endpoint,
            connected_to(endpoint.base_url) as connection,
            connection.answer(QUESTION) as pieces,
        ):
            async for piece in pieces:
                size += len(piece.text)
        return size

    assert runner.run(run()) == MANY_MEGABYTES


def test_backpressure_reaches_the_endpoint(runner: asyncio.Runner) -> None:
    part = framed(chunk("x" * 500_000))
    written = 0

    async def write(writer: asyncio.StreamWriter) -> None:
        nonlocal written
        writer.write(CHUNKED)
        while True:
            writer.write(part)
            await writer.drain()
            written += len(part)

    async def run() -> None:
        async with (
            running_wire(write) as endpoint,
            connected_to(endpoint.base_url) as connection,
            connection.answer(QUESTION) as pieces,
        ):
            assert await anext(pieces)
            before = -1
            while written > before:
                before = written
                await asyncio.sleep(0.1)

    runner.run(run())
    assert 0 < written < 50_000_000


# The client warns that to write so much at once takes long.
@pytest.mark.filterwarnings("ignore:Sending a large body:ResourceWarning")
def test_a_refusal_is_whole_though_its_server_never_reads_the_request(
    runner: asyncio.Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The client sees the end of its body once all of the request is written, which is never.
    monkeypatch.setattr(bodies, "READ_SECONDS", 0.3)
    long = Ask(turns=(Turn(role="user", content="x" * 20_000_000),))
    is_over = asyncio.Event()

    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1000)
        writer.write(b"HTTP/1.1 413 Content Too Large\r\n\r\ntoo large")
        writer.write_eof()
        await is_over.wait()
        writer.transport.abort()

    async def run() -> Got:
        async with await asyncio.start_server(refuse, "127.0.0.1", 0, limit=1000) as listening:
            port = listening.sockets[0].getsockname()[1]
            try:
                async with (
                    connected_to(f"http://127.0.0.1:{port}/v1") as connection,
                    asyncio.timeout(DEADLINE_SECONDS),
                ):
                    return await ask(connection, long)
            finally:
                is_over.set()

    got = runner.run(run())
    assert (got.fault.error_class, got.fault.diagnosis[-3:]) == ("context_length", "413")
