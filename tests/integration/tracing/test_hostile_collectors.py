"""What a collector does, or who configures it gets wrong: no secret is logged, nobody waits."""

import asyncio
import logging
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from threading import Event

import pytest

from services.shared.process.tracing import export
from services.shared.process.tracing.export import exporting
from services.shared.process.tracing.spans import are_made, span
from tests.support.canonical_lines import Log
from tests.support.logs import restored_logging
from tests.support.printed import ROOT

__all__ = ["restored_logging"]

CANARY = "canary-of-a-key"
NOWHERE = "http://127.0.0.1:9"
QUOTED = {
    "a key in the address": {
        "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": f"{NOWHERE}/v1/traces?key={CANARY}"
    },
    "a password in the address": {
        "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://ada:{CANARY}@127.0.0.1:9"
    },
    "no address": {"OTEL_EXPORTER_OTLP_ENDPOINT": f"not an address {CANARY}"},
    "a header without a name": {"OTEL_EXPORTER_OTLP_HEADERS": f"Bearer {CANARY}"},
    "a header of two lines": {"OTEL_EXPORTER_OTLP_HEADERS": f"authorization=Bearer\n{CANARY}"},
    "a header that is no header": {"OTEL_EXPORTER_OTLP_HEADERS": f"authorization=%0A{CANARY}"},
}
REFUSED = {
    "OTEL_BSP_MAX_QUEUE_SIZE": "-1",
    "OTEL_BSP_SCHEDULE_DELAY": "-1",
    "OTEL_BSP_MAX_EXPORT_BATCH_SIZE": "100000",
    "OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT": "abc",
}
SERVICE = """
from starlette.applications import Starlette
from services.shared.process.serving import serve, serving_config
serve(serving_config(Starlette()), traced_as="natter-test")
"""
# More than any answer of a collector, and than what the kernel holds of one that nobody reads.
MOST_SENT = 64 * 1024 * 1024
CHUNK = b"x" * 65536

type Answer = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


pytestmark = pytest.mark.usefixtures("restored_logging")


@asynccontextmanager
async def answering(answer: Answer, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[None]:
    """Serve a collector that answers as `answer` does, and have spans exported to it."""
    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", f"http://{host}:{port}")
    async with server:
        yield


def export_a_span() -> None:
    with exporting("natter-test"):
        assert are_made()
        with span("request"):
            pass


@pytest.mark.parametrize("what", QUOTED)
def test_no_secret_of_a_setting_is_logged(
    what: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(export, "FLUSH_SECONDS", 1.0)
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", NOWHERE)
    for name, value in QUOTED[what].items():
        monkeypatch.setenv(name, value)
    log = Log(capfd)
    export_a_span()
    assert "export" in log.said
    assert CANARY not in log.said


@pytest.mark.parametrize("name", REFUSED)
def test_a_setting_that_opentelemetry_refuses_is_one_sentence(name: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", SERVICE],
        cwd=ROOT,
        env={name: REFUSED[name]},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.startswith("The settings are wrong:\n  OTEL_")
    assert "Traceback" not in done.stderr


async def test_an_answer_without_end_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    sent = 0

    async def pour(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
        with suppress(ConnectionError):
            while sent < MOST_SENT:
                writer.write(b"%x\r\n%b\r\n" % (len(CHUNK), CHUNK))
                await writer.drain()
                sent += len(CHUNK)
        writer.close()

    async with answering(pour, monkeypatch):
        await asyncio.to_thread(export_a_span)
    assert 0 < sent < MOST_SENT


async def test_a_collector_that_sends_spans_elsewhere_is_told_of(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    log = Log(capfd)
    asked = 0

    async def redirect(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal asked
        asked += 1
        await reader.readuntil(b"\r\n\r\n")
        writer.write(
            b"HTTP/1.1 307 Elsewhere\r\nlocation: /other?%b\r\ncontent-length: 0\r\n\r\n"
            % CANARY.encode()
        )
        await writer.drain()
        writer.close()

    async with answering(redirect, monkeypatch):
        await asyncio.to_thread(export_a_span)
    assert asked == 1
    assert "Failed to export" in log.said
    assert CANARY not in log.said


async def test_what_a_collector_says_is_not_logged_and_its_status_is(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    log = Log(capfd)

    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(
            b"HTTP/1.1 401 Not-%b\r\n%b\r\ncontent-length: 0\r\n\r\n"
            % (CANARY.encode(), CANARY.encode())
        )
        await writer.drain()
        writer.close()

    async with answering(refuse, monkeypatch):
        await asyncio.to_thread(export_a_span)
    assert "401" in log.said
    assert CANARY not in log.said


async def test_a_collector_that_never_answers_holds_up_no_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(export, "FLUSH_SECONDS", 0.5)
    is_asked, may_answer = Event(), asyncio.Event()

    async def hang(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        is_asked.set()
        await may_answer.wait()
        writer.close()

    async with answering(hang, monkeypatch):
        await asyncio.to_thread(export_a_span)
        assert is_asked.is_set()
        assert not may_answer.is_set()
        may_answer.set()


def test_other_lines_of_the_library_keep_their_words(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("OTEL_SDK_DISABLED", "true")
    log = Log(capfd)
    export_without_spans()
    logging.getLogger("opentelemetry.sdk.trace").warning("a %s", "word")
    assert "a word" in log.said


def export_without_spans() -> None:
    """Have OpenTelemetry make none, by its own switch."""
    with exporting("natter-test"), span("request") as begun:
        assert begun.get_span_context().is_valid
        assert not begun.is_recording()
