"""What the tests of the way to an endpoint share: both event loops, proxies, TLS, and an ask."""

import asyncio
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvloop

from services.ai.provider.request import sending
from services.ai.provider.settings import Timeouts
from services.shared.bus.messages import ErrorClass
from tests.support.certificate import write_certificate
from tests.support.provider import Got, ask, connected_to
from tests.support.waiting import DEADLINE_SECONDS
from tests.support.wire import TEXT, Behaviour, WireEndpoint, running_wire


@pytest.fixture(params=[asyncio.new_event_loop, uvloop.new_event_loop], ids=["asyncio", "uvloop"])
def runner(request: pytest.FixtureRequest) -> Iterator[asyncio.Runner]:
    """A loop of its own: Python's, and the one that the service runs on."""
    with asyncio.Runner(loop_factory=request.param) as runner:
        yield runner


@pytest.fixture(autouse=True)
def no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take out of the environment whatever proxies this machine has."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Try again at once."""
    monkeypatch.setattr(sending, "FIRST_PAUSE", 0.0)


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """Write a certificate for `localhost`, which nobody trusts yet."""
    return write_certificate(tmp_path)


@pytest.fixture
def trusted(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Write one that the environment trusts."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    return certificate


def tls(certificate: Path) -> ssl.SSLContext:
    """Return what a server needs to show this certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


async def asked(
    *replies: bytes | Behaviour,
    times: int = 1,
    timeouts: Timeouts | None = None,
    context: ssl.SSLContext | None = None,
    host: str = "127.0.0.1",
) -> tuple[list[Got], WireEndpoint]:
    """Ask an endpoint so often, one time after the other, and return what came."""
    async with (
        running_wire(*replies, tls=context, host=host) as endpoint,
        connected_to(endpoint.base_url, timeouts) as connection,
        asyncio.timeout(DEADLINE_SECONDS),
    ):
        return [await ask(connection) for _ in range(times)], endpoint


async def asked_at(address: str, timeouts: Timeouts | None = None) -> Got:
    """Ask whatever is there."""
    async with connected_to(address, timeouts) as connection, asyncio.timeout(DEADLINE_SECONDS):
        return await ask(connection)


def told(got: Got) -> tuple[ErrorClass, str]:
    """Return the class of what went wrong, and what the log says of it."""
    return got.fault.error_class, got.fault.diagnosis


def is_whole(got: Got, text: str = TEXT) -> bool:
    """Tell whether all came, and nothing went wrong."""
    return (got.text, got.finish_reason, got.error) == (text, "stop", None)
