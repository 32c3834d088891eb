"""NATTER_TRACING without what it needs: one clear sentence, as with any other wrong setting."""

import subprocess
import sys

import pytest

from services.ai.settings import AiSettings
from services.realtime.settings import RealtimeSettings
from services.shared.process.settings import TracedSettings
from services.web.settings import WebSettings
from tests.support.printed import ROOT
from tests.support.tokens import SECRET

ENVIRONMENT = {
    "DATABASE_URL": "postgresql://natter@127.0.0.1/natter",
    "NATS_URL": "nats://web:pw@127.0.0.1",
    "NATTER_STREAM_KEYS": f'["{SECRET}"]',
    "OPENAI_API_KEY": "key-of-the-test",
    "OPENAI_MODEL": "a-model",
    "NATTER_TRACING": "true",
}
each_service = pytest.mark.parametrize("service", [WebSettings, RealtimeSettings, AiSettings])


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)


@each_service
def test_it_is_read_with_and_without_them(
    service: type[TracedSettings], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert service.load().tracing is True
    monkeypatch.setenv("NATTER_TRACING", "false")
    assert service.load().tracing is False


@pytest.mark.parametrize(
    "missing", ["opentelemetry.sdk", "opentelemetry.exporter", "opentelemetry.proto", "requests"]
)
def test_a_service_without_them_ends_with_one_sentence(missing: str) -> None:
    code = (
        f"import sys; sys.modules[{missing!r}] = None\n"
        "from starlette.applications import Starlette\n"
        "from services.shared.process.serving import serve, serving_config\n"
        "serve(serving_config(Starlette()), traced_as='natter-test')"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    first, *faults = done.stderr.splitlines()
    assert first == "The settings are wrong:"
    assert len(faults) == 1
    assert "NATTER_TRACING" in faults[0]
    assert "the extra `tracing` are not installed" in faults[0]


@pytest.mark.parametrize("service", ["web", "realtime", "ai", "demo"])
def test_a_service_imports_none_of_them_by_itself(service: str) -> None:
    code = (
        f"import services.{service}.app, services.shared.process.serving, sys;"
        "print([n for n in sys.modules if n.startswith(('opentelemetry.sdk',"
        " 'opentelemetry.exporter', 'google.protobuf', 'requests'))])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
