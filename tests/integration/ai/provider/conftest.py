"""What the tests of the provider share: event loops, certificates, a clean environment."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvloop

from services.ai.provider.request import sending
from tests.support.certificate import write_certificate


@pytest.fixture(scope="session", autouse=True)
def no_certificates(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Trust nobody by default: to load this machine's certificates costs each client 30 ms."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SSL_CERT_DIR", str(tmp_path_factory.mktemp("no-certificates")))
        yield


@pytest.fixture(params=[asyncio.new_event_loop, uvloop.new_event_loop], ids=["asyncio", "uvloop"])
def runner(request: pytest.FixtureRequest) -> Iterator[asyncio.Runner]:
    """Run in a loop of its own: Python's, and the one that the service runs on."""
    with asyncio.Runner(loop_factory=request.param) as runner:
        yield runner


@pytest.fixture(autouse=True)
def no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take this machine's proxies out of the environment."""
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
