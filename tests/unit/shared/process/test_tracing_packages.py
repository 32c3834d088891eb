"""NATTER_TRACING: the packages that it needs, and one sentence where they are missing."""

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


def test_tracing_is_a_setting_of_each_service(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    services: list[type[TracedSettings]] = [WebSettings, RealtimeSettings, AiSettings]
    assert [service.load().tracing for service in services] == [True, True, True]
    monkeypatch.setenv("NATTER_TRACING", "false")
    assert [service.load().tracing for service in services] == [False, False, False]


PACKAGES = ("opentelemetry.sdk", "opentelemetry.exporter", "opentelemetry.proto", "requests")
WITHOUT = f"""
import sys
from starlette.applications import Starlette
from services.shared.process.serving import serve, serving_config
for missing in {PACKAGES}:
    for name in [name for name in sys.modules if name.startswith({PACKAGES})]:
        del sys.modules[name]
    sys.modules[missing] = None
    try:
        serve(serving_config(Starlette()), traced_as="natter-test")
    except SystemExit as ended:
        print(ended.code)
"""


def test_without_one_of_its_packages_a_service_ends_with_one_sentence() -> None:
    lines = run(WITHOUT).stdout.splitlines()
    assert lines[::2] == ["The settings are wrong:"] * 4
    assert all("NATTER_TRACING" in line for line in lines[1::2])
    assert all("the extra `tracing` are not installed" in line for line in lines[1::2])


def test_no_service_imports_these_packages_by_itself() -> None:
    """One process imports all four services; each alone could import no more."""
    code = (
        "import sys, services.shared.process.serving;"
        "import services.web.app, services.realtime.app, services.ai.app, services.demo.app;"
        "print([n for n in sys.modules if n.startswith(('opentelemetry.sdk',"
        " 'opentelemetry.exporter', 'google.protobuf', 'requests'))])"
    )
    done = run(code)
    assert (done.returncode, done.stdout.strip()) == (0, "[]"), done.stderr


def run(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
