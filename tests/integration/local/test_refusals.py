"""What the launcher refuses before it starts anything, run as `make run` runs it."""

import subprocess
import sys
from pathlib import Path

import pytest

from deploy.local.configuration import load_configuration
from tests.integration.local.launching import ROOT
from tests.integration.local.surroundings import neutral_environment, steer
from tests.support.waiting import DEADLINE_SECONDS


def _refusal(folder: Path, **environment: str) -> list[str]:
    data = folder / "data"
    refused = subprocess.run(
        (sys.executable, "-m", "deploy.local"),
        cwd=ROOT,
        env={**neutral_environment(), "NATTER_DATA_DIR": str(data), **environment},
        capture_output=True,
        text=True,
        timeout=DEADLINE_SECONDS,
        check=False,
    )
    assert (refused.returncode, refused.stdout) == (1, "")
    assert not data.exists()
    first, *faults = refused.stderr.splitlines()
    assert first == "The settings are wrong:"
    return faults


def test_every_misspelt_variable_is_named_before_anything_starts(tmp_path: Path) -> None:
    misspelt = {"NATTER_WEB_PROT": "1", "NATTER_DATABASE_URL": "x", "NATTER_PORT": "1"}
    assert _refusal(tmp_path, **misspelt) == [
        "  NATTER_DATABASE_URL: no such setting",
        "  NATTER_PORT: no such setting",
        "  NATTER_WEB_PROT: no such setting",
    ]


def test_a_wrong_value_is_named_beside_a_misspelt_variable(tmp_path: Path) -> None:
    faults = _refusal(tmp_path, NATTER_WEB_PROT="1", NATTER_AI_PORT="many")
    assert [fault.partition(":")[0] for fault in faults] == [
        "  NATTER_WEB_PROT",
        "  NATTER_AI_PORT",
    ]


def test_a_model_without_an_endpoint_is_refused_with_a_sentence(tmp_path: Path) -> None:
    (fault,) = _refusal(tmp_path, OPENAI_MODEL="large")
    assert fault.startswith("  OPENAI_MODEL: ")
    assert fault.endswith("a model alone is not enough, set OPENAI_API_KEY or OPENAI_BASE_URL too")


@pytest.mark.parametrize(
    "environment",
    [
        {"OPENAI_MODEL": "large", "OPENAI_API_KEY": "sk"},
        {"OPENAI_MODEL": "large", "OPENAI_BASE_URL": "http://127.0.0.1:1/v1"},
        {"OPENAI_MODEL": ""},
        {"NATTER_CHROMIUM": "/usr/bin/chromium", "NATTER_NATS_WEB_PASSWORD": "n1"},
        {"NATTER_LOG_LEVEL": "error", "NATTER_LOG_FORMAT": "json", "NATTER_NATS_PORT": "1"},
        {"NATTER_WEB_DEMO": "true", "NATTER_REALTIME_MAX_UNSENT_BYTES": "2097152"},
        {"NATTER_AI_FLUSH_MS": "1", "NATTER_DEMO_FIRST_TOKEN_MS": "1"},
    ],
)
def test_what_some_part_knows_is_accepted(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str]
) -> None:
    steer(monkeypatch, **environment)
    assert load_configuration().settings.data_dir.is_absolute()
