"""What goes wrong on the way to an endpoint: each kind has its class, and ends in time."""

import asyncio
import socket
from pathlib import Path

import pytest

from services.ai.provider.settings import Timeouts
from services.shared.bus.messages import ErrorClass
from tests.integration.ai.provider.transport import (
    asked,
    asked_at,
    certificate,
    no_pauses,
    no_proxies,
    runner,
    tls,
    told,
    trusted,
)
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

__all__ = ["certificate", "no_pauses", "no_proxies", "runner", "trusted"]

CHUNKED = OK + b"transfer-encoding: chunked\r\n\r\n"
FIRST = framed(chunk("Hello"))
SOON = Timeouts(connect=5.0, idle=0.3)
TRIES = 3


def test_nobody_listens(runner: asyncio.Runner) -> None:
    got = runner.run(asked_at("http://127.0.0.1:1/v1"))
    assert told(got) == ("unreachable", "ClientConnectorError")


async def test_a_name_that_leads_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    async def look_up(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", look_up)
    got = await asked_at("http://nowhere.example/v1")
    assert told(got) == ("unreachable", "ClientConnectorDNSError")


@pytest.mark.parametrize("name", ["a..b", "x" * 64 + ".example"])
def test_a_name_that_cannot_be_one(runner: asyncio.Runner, name: str) -> None:
    assert runner.run(asked_at(f"http://{name}/v1")).fault.error_class == "unreachable"


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"], ids=["self-signed", "another's"])
def test_a_certificate_that_is_none(
    runner: asyncio.Runner, certificate: Path, monkeypatch: pytest.MonkeyPatch, host: str
) -> None:
    if host != "localhost":
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    ([got], endpoint) = runner.run(asked(in_chunks(HELLO), context=tls(certificate), host=host))
    assert told(got) == ("unreachable", "ClientConnectorCertificateError")
    # To ask again would help as little; nothing was sent.
    assert (endpoint.connections, endpoint.asked) == (0, [])


def test_a_server_that_speaks_no_tls(runner: asyncio.Runner) -> None:
    async def run() -> Got:
        async with running_wire(b"HTTP/1.1 400 Bad Request\r\n\r\n") as endpoint:
            return await asked_at(endpoint.base_url.replace("http:", "https:"), SOON)

    assert runner.run(run()).fault.error_class in {"unreachable", "timeout"}


@pytest.mark.parametrize(
    ("reply", "expected", "tries"),
    [
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
    ],
    ids=range(12),
)
def test_a_head_that_is_none(
    runner: asyncio.Runner, reply: bytes | Behaviour, expected: ErrorClass, tries: int
) -> None:
    ([got], endpoint) = runner.run(asked(reply))
    assert (got.text, got.fault.error_class, len(endpoint.asked)) == ("", expected, tries)


@pytest.mark.parametrize(
    "reply",
    [
        stalling(),
        dripping(OK * 100, 0.02),
        dripping(b"HTTP/1.1 100 Continue\r\n\r\n" * 100, 0.005),
        dripping(b"\r\n" * 1000, 0.005),
    ],
    ids=["silent", "dripping", "announcing for ever", "empty lines"],
)
def test_a_head_that_takes_too_long(runner: asyncio.Runner, reply: Behaviour) -> None:
    ([got], endpoint) = runner.run(asked(reply, timeouts=SOON))
    # An endpoint that is slow would only have more to do.
    assert (told(got), len(endpoint.asked)) == (("timeout", "TimeoutError"), 1)
