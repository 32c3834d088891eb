"""The shell scripts behind the Makefile, each run in a process of its own."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from deploy.local.settings import inherited_environment
from tests.integration.local.launching import ROOT
from tests.support.waiting import DEADLINE_SECONDS

SCRIPTS = ROOT / "deploy" / "local"
SYSTEM_PROGRAMS = ("cat", "uname")
# Asked for its version, an older Python prints nothing and ends well.
TOO_OLD = "exit 0"
THIS_PYTHON = f"exec '{sys.executable}' \"$@\""
UNTOUCHED = "somebody else's"

Ended = subprocess.CompletedProcess[str]


def _run(
    *command: str | Path, cwd: Path = ROOT, env: dict[str, str] | None = None, typed: str = ""
) -> Ended:
    return subprocess.run(
        command,
        cwd=cwd,
        env=env or {"PATH": inherited_environment()["PATH"]},
        input=typed,
        capture_output=True,
        text=True,
        timeout=DEADLINE_SECONDS,
        check=False,
    )


def _find_python(folder: Path, **programs: str) -> Ended:
    """Run the search where the PATH has these programs and what the script itself needs."""
    for name in SYSTEM_PROGRAMS:
        (folder / name).symlink_to(shutil.which(name) or name)
    for name, code in programs.items():
        path = folder / name.replace("_", ".")
        path.write_text(f"#!/bin/sh\n{code}\n")
        path.chmod(0o700)
    environment = {"PATH": str(folder), "HOME": str(folder)}
    return _run("/bin/sh", SCRIPTS / "find-python.sh", env=environment)


def test_only_too_old_a_python_is_refused_with_what_to_do(tmp_path: Path) -> None:
    ended = _find_python(tmp_path, python3=TOO_OLD, python=TOO_OLD)
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr.startswith("Natter needs Python 3.12 or newer, and found none.")
    assert "install uv" in ended.stderr


def test_a_new_python_is_found_behind_an_old_one(tmp_path: Path) -> None:
    ended = _find_python(tmp_path, python3=TOO_OLD, python3_12=THIS_PYTHON)
    assert (ended.returncode, ended.stderr) == (0, "")
    asked = _run(ended.stdout.strip(), "-c", "import sys; print(*sys.version_info[:3])")
    assert asked.stdout.split() == [str(part) for part in sys.version_info[:3]]


def test_make_help_lists_every_target_a_person_may_call() -> None:
    makefile = (ROOT / "Makefile").read_text()
    phony = re.search(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)
    assert phony
    shown = _run("make", "help")
    listed = re.findall(r"^  make ([a-z-]+) +\S", shown.stdout, re.MULTILINE)
    assert (shown.returncode, shown.stderr) == (0, "")
    assert set(listed) == {name for name in phony[1].split() if not name.startswith("setup-")}
    assert len(listed) == len(shown.stdout.splitlines())


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Make a data folder as a stopped stack leaves it, with a file of somebody else's."""
    folder = tmp_path / "my data"
    (folder / "postgres").mkdir(parents=True)
    for name in ("run.lock", "publisher.env", UNTOUCHED):
        (folder / name).touch()
    return folder


def _clean(data: Path, *arguments: str, typed: str = "") -> Ended:
    environment = {"PATH": inherited_environment()["PATH"], "NATTER_DATA_DIR": str(data)}
    script = SCRIPTS / "clean-data.sh"
    return _run("/bin/sh", script, *arguments, cwd=data.parent, env=environment, typed=typed)


@pytest.mark.parametrize("typed", ["n\n", "\n", "", "yes please\n"])
def test_data_is_kept_unless_the_answer_is_yes(data: Path, typed: str) -> None:
    ended = _clean(data, "", typed=typed)
    assert ended.returncode == 1
    assert ended.stdout == f"Delete every chat in {data}? [y/N] Kept.\n"
    assert (data / "postgres").is_dir()


@pytest.mark.parametrize(("arguments", "typed"), [(("",), "y\n"), (("1",), "")])
def test_only_natters_data_is_deleted_after_a_yes(
    data: Path, arguments: tuple[str, ...], typed: str
) -> None:
    ended = _clean(data, *arguments, typed=typed)
    assert ended.returncode == 0
    assert ("Delete every chat" in ended.stdout) is bool(typed)
    assert [path.name for path in data.iterdir()] == [UNTOUCHED]


def test_data_in_use_is_not_deleted(data: Path) -> None:
    (data / "run.lock").write_text(f'{{"pid":{os.getpid()},"address":"http://127.0.0.1:1"}}')
    ended = _clean(data, "1")
    assert ended.returncode == 1
    assert "stop it first" in ended.stderr
    assert (data / "postgres").is_dir()


def test_without_data_there_is_nothing_to_ask(tmp_path: Path) -> None:
    ended = _clean(tmp_path / "none")
    assert (ended.returncode, ended.stdout) == (0, f"No data of Natter in {tmp_path / 'none'}.\n")
