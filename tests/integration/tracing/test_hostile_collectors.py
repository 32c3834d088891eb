"""Broken collectors and wrong settings: no secret is logged, and nothing waits for them."""

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
from services.shared.process.tracing.spans import is_tracing, span
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
REFUSED = {"OTEL_BSP_MAX_QUEUE_SIZE": "-1", "OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT": "abc"}
SERVICE = """
from starlette.applications import Starlette
from services.shared.process.serving import serve, serving_config
serve(serving_config(Starlette()), traced_as="natter-test")
"""
# More than any answer of a collector, and more than the kernel buffers of an unread one.
MOST_SENT = 16 * 1024 * 1024
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
        assert is_tracing()
        with span("request"):
            pass


def test_no_secret_of_a_setting_is_logged(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(export, "FLUSH_SECONDS", 0.3)
    for what, environment in QUOTED.items():
        with monkeypatch.context() as patch:
            for name, value in ({"OTEL_EXPORTER_OTLP_ENDPOINT": NOWHERE} | environment).items():
                patch.setenv(name, value)
            log = Log(capfd)
            export_a_span()
        assert "export" in log.said, what
        assert CANARY not in log.said, what


def test_a_setting_that_opentelemetry_refuses_is_one_sentence() -> None:
    for name, value in REFUSED.items():
        done = subprocess.run(
            [sys.executable, "-c", SERVICE],
            cwd=ROOT,
            env={name: value},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 1, name
        assert done.stderr.startswith("The settings are wrong:\n  OTEL_"), name
        assert "Traceback" not in done.stderr, name


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


async def test_a_failed_export_is_logged_without_the_collectors_words(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    for head, said in (
        (b"307 Elsewhere\r\nlocation: /other?%b", "Failed to export"),
        (b"401 Not-%b\r\nwww-authenticate: Bearer", "401"),
    ):
        asked = 0

        async def refuse(
            reader: asyncio.StreamReader, writer: asyncio.StreamWriter, head: bytes = head
        ) -> None:
            nonlocal asked
            asked += 1
            await reader.readuntil(b"\r\n\r\n")
            writer.write(b"HTTP/1.1 " + head % CANARY.encode() + b"\r\ncontent-length: 0\r\n\r\n")
            await writer.drain()
            writer.close()

        log = Log(capfd)
        async with answering(refuse, monkeypatch):
            await asyncio.to_thread(export_a_span)
        assert asked == 1
        assert said in log.said
        assert CANARY not in log.said


async def test_a_collector_that_never_answers_does_not_hold_up_the_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(export, "FLUSH_SECONDS", 0.2)
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
