"""A container's health check: its request, what it makes of the answer, its exit status."""

import asyncio
import subprocess
import sys
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from services.shared.process import probe as module
from services.shared.process.probe import main, probe
from tests.support.waiting import DEADLINE_SECONDS

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
NOT_READY = b'HTTP/1.1 503 Nope\r\nContent-Length: 29\r\n\r\n{"bus": "NoRespondersError"}\n'


@asynccontextmanager
async def answering(answer: bytes | None) -> AsyncIterator[tuple[int, list[bytes]]]:
    """Answer every request with these bytes, or not at all; yield the port and the requests."""
    asked: list[bytes] = []

    async def answer_one(reader: StreamReader, writer: StreamWriter) -> None:
        asked.append(await reader.readuntil(b"\r\n\r\n"))
        if answer is None:
            await reader.read()
        else:
            writer.write(answer)
        writer.close()

    async with await asyncio.start_server(answer_one, "127.0.0.1", 0) as server:
        yield server.sockets[0].getsockname()[1], asked


async def probed(answer: bytes | None, path: str = "/ready") -> str | None:
    async with answering(answer) as (port, _):
        return await asyncio.to_thread(probe, port, path)


async def test_a_service_that_answers_with_200_is_healthy() -> None:
    assert await probed(OK) is None


async def test_any_other_status_is_reported_with_its_body() -> None:
    assert await probed(NOT_READY) == '/ready: 503 {"bus": "NoRespondersError"}\\n'
    assert await probed(b"HTTP/1.1 204 No Content\r\n\r\n") == "/ready: 204 "
    moved = b"HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 0\r\n\r\n"
    assert await probed(moved) == "/ready: 302 "


async def test_of_a_long_answer_only_the_beginning_is_reported() -> None:
    said = await probed(b"HTTP/1.1 500 Oh\r\nContent-Length: 100000\r\n\r\n" + b"x" * 100_000)
    assert said is not None
    assert said.removeprefix("/ready: 500 ") == "x" * 300


async def test_the_report_is_one_line_that_steers_no_terminal() -> None:
    said = await probed(b"HTTP/1.1 500 Oh\r\nContent-Length: 9\r\n\r\na\r\n\x1b[2J\xff\x00")
    assert said == "/ready: 500 a\\r\\n\\x1b[2J\ufffd\\x00"


async def test_an_answer_that_is_not_http_is_reported() -> None:
    assert await probed(b"-ERR 'Unknown Protocol Operation'\r\n") == (
        "/ready: BadStatusLine: -ERR 'Unknown Protocol Operation'\\r\\n"
    )


async def test_a_closed_port_is_reported() -> None:
    async with answering(OK) as (port, _):
        pass
    said = await asyncio.to_thread(probe, port)
    assert said is not None
    assert said.startswith("/ready: ConnectionRefusedError: ")


async def test_a_silent_service_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "TIMEOUT_SECONDS", 0.05)
    assert await probed(None) == "/ready: TimeoutError: timed out"


async def test_it_ignores_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    async with answering(NOT_READY) as (proxy, through_proxy), answering(OK) as (port, asked):
        for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy}")
        assert await asyncio.to_thread(probe, port, "/live") is None
    (request,) = asked
    assert request.startswith(b"GET /live HTTP/1.1\r\n")
    assert f"\r\nHost: 127.0.0.1:{port}\r\n".encode() in request
    assert through_proxy == []


async def test_the_process_exits_with_0_or_with_1_and_one_line() -> None:
    for answer, code in ((OK, 0), (NOT_READY, 1)):
        async with answering(answer) as (port, asked):
            done = await asyncio.to_thread(
                subprocess.run,
                [sys.executable, "-m", "services.shared.process.probe", str(port), "/health"],
                capture_output=True,
                timeout=DEADLINE_SECONDS,
                check=False,
            )
        assert asked[0].startswith(b"GET /health ")
        assert done.returncode == code
        assert (done.stdout, len(done.stderr.splitlines())) == (b"", code)


def test_other_arguments_are_refused() -> None:
    wrong: tuple[list[str], ...] = ([], ["port"], ["-1"], ["8000", "ready"], ["8000", "/a", "/b"])
    assert all(str(main(arguments)).startswith("usage: ") for arguments in wrong)
