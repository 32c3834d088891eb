"""Faults on the way to an endpoint: each kind has its class, and ends in time."""

import asyncio
import socket
from pathlib import Path

import pytest

from services.ai.provider.settings import Timeouts
from services.shared.bus.answer_errors import ErrorClass
from tests.integration.ai.provider.transport import asked, asked_at, asked_at_once, tls, told
from tests.support.provider import Got
from tests.support.scripted import chunk
from tests.support.wire import (
    HELLO,
    OK,
    Behaviour,
    closing,
    dripping,
    framed,
    in_chunks,
    reset,
    running_wire,
    stalling,
)

CHUNKED = OK + b"transfer-encoding: chunked\r\n\r\n"
FIRST = framed(chunk("Hello"))
SOON = Timeouts(connect=5.0, idle=1.0)
TRIES = 3


def test_nobody_listens(runner: asyncio.Runner) -> None:
    got = runner.run(asked_at("http://127.0.0.1:1/v1"))
    assert told(got) == ("unreachable", "ClientConnectorError")


async def test_an_unknown_name(monkeypatch: pytest.MonkeyPatch) -> None:
    async def look_up(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", look_up)
    got = await asked_at("http://nowhere.example/v1")
    assert told(got) == ("unreachable", "ClientConnectorDNSError")


def test_an_invalid_name(runner: asyncio.Runner) -> None:
    for name in ("a..b", "x" * 64 + ".example"):
        assert runner.run(asked_at(f"http://{name}/v1")).error_class == "unreachable"


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"], ids=["self-signed", "another's"])
def test_a_certificate_that_is_not_trusted_or_of_another_name(
    runner: asyncio.Runner, certificate: Path, monkeypatch: pytest.MonkeyPatch, host: str
) -> None:
    if host != "localhost":
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    ([got], endpoint) = runner.run(asked(in_chunks(HELLO), context=tls(certificate), host=host))
    assert told(got) == ("unreachable", "ClientConnectorCertificateError")
    # Nothing was sent, and nothing is tried again.
    assert (endpoint.connections, endpoint.asked) == (0, [])


def test_a_server_that_speaks_no_tls(runner: asyncio.Runner) -> None:
    async def run() -> Got:
        async with running_wire(b"HTTP/1.1 400 Bad Request\r\n\r\n") as endpoint:
            return await asked_at(endpoint.base_url.replace("http:", "https:"), SOON)

    assert runner.run(run()).fault.error_class in {"unreachable", "timeout"}


def test_an_invalid_head(runner: asyncio.Runner) -> None:
    cases: list[tuple[bytes | Behaviour, ErrorClass, int]] = [
        (closing(b""), "unreachable", TRIES),
        (reset, "unreachable", TRIES),
        (closing(OK), "unreachable", TRIES),
        (b"SSH-2.0-OpenSSH_9.6\r\n", "bad_response", 1),
        (b"HTTP/1.1 abc OK\r\n\r\n", "bad_response", 1),
        (OK + b"x: " + b"y" * 9000 + b"\r\n\r\n", "bad_response", 1),
        (OK + b"x: y\r\n" * 1000 + b"\r\n", "bad_response", 1),
        (OK + b"content-length: -1\r\n\r\n", "bad_response", 1),
        (in_chunks(HELLO, head=OK + b"content-length: 9\r\n"), "bad_response", 1),
        (CHUNKED + b"zz\r\n", "bad_response", 1),
        (b"HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\n\r\n", "bad_response", 1),
        (b"HTTP/1.1 204 No Content\r\n\r\n", "bad_response", 1),
    ]
    for reply, expected, tries in cases:
        ([got], endpoint) = runner.run(asked(reply))
        assert (got.text, got.error_class, len(endpoint.asked)) == ("", expected, tries), reply


def test_a_head_that_takes_too_long(runner: asyncio.Runner) -> None:
    replies = (
        stalling(),
        dripping(OK * 100, 0.02),
        dripping(b"HTTP/1.1 100 Continue\r\n\r\n" * 100, 0.005),
        dripping(b"\r\n" * 1000, 0.005),
    )
    for [got], endpoint in runner.run(asked_at_once(*replies, timeouts=SOON)):
        # To ask again would only burden a slow endpoint.
        assert (told(got), len(endpoint.asked)) == (("timeout", "TimeoutError"), 1)
