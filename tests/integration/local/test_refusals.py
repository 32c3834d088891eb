"""What the launcher refuses before it starts anything, run as `make run` runs it."""

import socket
import subprocess
import sys
from pathlib import Path

import pytest

from deploy.local.configuration import load_configuration
from deploy.local.nats_server import NatsServer
from deploy.local.settings import LOOPBACK
from tests.integration.local.launching import ROOT
from tests.integration.local.surroundings import neutral_environment, steer
from tests.support.local_stack import PARTS
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


def _start(**environment: str) -> str:
    """Return what `make run` says before it ends, having started nothing."""
    ended = subprocess.run(
        (sys.executable, "-m", "deploy.local"),
        cwd=ROOT,
        env={**neutral_environment(), **environment},
        capture_output=True,
        text=True,
        timeout=DEADLINE_SECONDS,
        check=False,
    )
    assert (ended.returncode, ended.stderr) == (1, "")
    assert "Starting" not in ended.stdout
    return ended.stdout


def test_a_folder_that_cannot_be_is_said_on_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    said = _start(NATTER_DATA_DIR=str(tmp_path / "file"), NATTER_WEB_PORT="0")
    assert said.splitlines()[-1] == (
        f"natter   | {tmp_path}/file is no folder: name another folder: NATTER_DATA_DIR=… make run"
    )


def test_a_port_that_is_taken_names_its_variable(tmp_path: Path) -> None:
    with socket.create_server((LOOPBACK, 0)) as taken:
        number = taken.getsockname()[1]
        ports = dict.fromkeys((f"NATTER_{part}_PORT" for part in PARTS), "0")
        said = _start(NATTER_DATA_DIR=str(tmp_path), **{**ports, "NATTER_NATS_PORT": str(number)})
    assert f"port {number}, needed by NATS, is taken by " in said
    assert "take another port: NATTER_NATS_PORT=" in said


def test_a_nats_url_of_the_shell_is_named_with_what_its_user_may_not_do(
    tmp_path: Path, nats_server: NatsServer
) -> None:
    url = nats_server.url("publisher")
    ports = dict.fromkeys((f"NATTER_{part}_PORT" for part in PARTS), "0")
    said = _start(NATTER_DATA_DIR=str(tmp_path), NATS_URL=url, **ports)
    shown = f"NATS_URL=nats://publisher:…@127.0.0.1:{nats_server.port}"
    assert f"natter   | Taken from the environment:\nnatter   |   {shown}\n" in said
    assert f"natter   | {shown}, taken from the environment: this user of NATS may not " in said
    assert nats_server.passwords["publisher"] not in said


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
