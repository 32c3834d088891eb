"""Where the compose stack cannot be run, the run says what is missing, and ends with that."""

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from deploy.local.settings import inherited_environment
from tests.compose.engine import what_is_missing
from tests.support.printed import ROOT

GOOD = {"version": "26.1.5+dfsg1", "compose": "2.26.1-4", "buildx": "buildx 0.13.1+ds1"}


def docker_that_says(folder: Path, answers: Mapping[str, str]) -> str:
    """Write a `docker` that answers its first argument so, and else fails; return its folder."""
    cases = "".join(f"{name}) echo '{answer}' ;;\n" for name, answer in answers.items())
    program = folder / "docker"
    program.write_text(
        f'#!/bin/sh\ncase "$1" in\n{cases}*) echo "no $1 here" >&2; exit 1 ;;\nesac\n'
    )
    program.chmod(0o755)
    return str(folder)


@pytest.mark.parametrize(
    ("answers", "missing"),
    [
        (GOOD, None),
        (GOOD | {"version": "25.0.0", "compose": "v2.24.0"}, None),
        (GOOD | {"version": "24.0.9"}, "a running Docker engine is 24.0, and 25.0 or newer"),
        (GOOD | {"compose": "2.23.3"}, "Docker Compose is 2.23, and 2.24 or newer is needed"),
        (GOOD | {"compose": "dev"}, "Docker Compose does not tell its version: 'dev'"),
        ({"compose": "2.26.1", "buildx": "0.13.1"}, "Docker engine is missing: no version here"),
        ({"version": "26.1.5", "buildx": "0.13.1"}, "Docker Compose is missing: no compose here"),
        ({"version": "26.1.5", "compose": "2.26.1"}, "docker buildx is missing: no buildx here"),
    ],
)
def test_what_is_missing_is_said(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    answers: Mapping[str, str],
    missing: str | None,
) -> None:
    monkeypatch.setenv("PATH", f"{docker_that_says(tmp_path, answers)}:/usr/bin:/bin")
    assert (what_is_missing() or "").find(missing or "") >= 0
    assert (what_is_missing() is None) is (missing is None)


def test_without_docker_the_run_ends_with_that_reason(tmp_path: Path) -> None:
    done = subprocess.run(
        (sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "tests/compose"),
        cwd=ROOT,
        env={**inherited_environment(), "PATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 3
    reason = "the compose stack cannot be run here: there is no `docker` on the PATH"
    assert reason in done.stdout
