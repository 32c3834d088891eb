"""The shell scripts behind the Makefile, each run in a process of its own."""

import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from deploy.local.settings import inherited_environment
from tests.integration.local.launching import ROOT, wait_until
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


def test_uv_that_cannot_install_a_python_says_why(tmp_path: Path) -> None:
    failing = "[ $2 = install ] && echo 'error: Failed to download python' >&2; exit 2"
    ended = _find_python(tmp_path, python3=TOO_OLD, uv=failing)
    assert (ended.returncode, ended.stdout) == (1, "")
    said = ended.stderr.splitlines()
    assert said[1] == "error: Failed to download python"
    assert said[2].startswith("uv could not install a Python; the lines above say why.")
    assert "install uv" not in ended.stderr


def test_a_python_that_uv_installs_is_taken(tmp_path: Path) -> None:
    installed = tmp_path / "installed"
    finding = f"[ -e {installed} ] && echo '{sys.executable}'"
    working = f"case $2 in find) {finding} ;; install) : >{installed} ;; esac"
    ended = _find_python(tmp_path, python3=TOO_OLD, uv=working)
    assert (ended.returncode, ended.stdout != "") == (0, True)


def test_a_python_without_ensurepip_is_named_with_the_package_that_it_lacks(
    tmp_path: Path,
) -> None:
    # As Debian's is, without python3-venv.
    bare = f"""case $2 in
        *ensurepip*) exit 1 ;;
        *3,?12*) echo '{tmp_path}/python3' ;;
        *) echo 3.12 ;;
    esac"""
    ended = _find_python(tmp_path, python3=bare)
    assert (ended.returncode, ended.stdout) == (1, "")
    assert f"Natter found {tmp_path}/python3, which cannot make virtual" in ended.stderr
    assert "sudo apt install python3.12-venv" in ended.stderr


# In the place of Python and npm: each step is a file of shell code.
PYTHON = """#!/bin/sh
case "$*" in
    *"-m venv"*) . "$CHECKOUT/venv" ;;
    *"-m pip"*) . "$CHECKOUT/pip" ;;
    *version_info*) echo "$CHECKOUT/bin/python3" ;;
esac
"""
NPM = """#!/bin/sh
. "$CHECKOUT/npm"
"""
MAKE_VENV = "mkdir -p .venv/bin && cp bin/python3 .venv/bin/python"
# Python prints where it was, which is not for a person.
INTERRUPTIBLE = """trap 'echo Traceback; exit 1' INT
: >"$CHECKOUT/waiting"
while :; do sleep 0.1; done
"""


class Checkout:
    """A folder with the scripts in it, and programs that stand in for Python and npm."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environment = {
            "PATH": f"{folder}/bin:{inherited_environment()['PATH']}",
            "CHECKOUT": str(folder),
        }
        shutil.copytree(SCRIPTS, folder / "deploy" / "local")
        self._put("bin/python3", PYTHON)
        self._put(".venv/bin/npm", NPM)
        for name in ("requirements-local.lock", "pyproject.toml"):
            self._put(name, "one==1\n")
        self._put("services/web/frontend/package-lock.json", "")
        self.take_steps(venv=MAKE_VENV, pip="", npm="mkdir -p node_modules")

    def take_steps(self, **codes: str) -> None:
        for step, code in codes.items():
            self._put(step, code)

    def run(self, *command: str) -> Ended:
        return _run("/bin/sh", *command, cwd=self.folder, env=self.environment)

    def interrupt(self, *command: str) -> tuple[int, str]:
        """Press Ctrl+C once a step waits; return the exit status and what was said."""
        with subprocess.Popen(
            (*HEEDING_CTRL_C, "/bin/sh", *command),
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            text=True,
        ) as process:
            wait_until((self.folder / "waiting").exists, lambda: "a step waits")
            os.killpg(process.pid, signal.SIGINT)
            said, _ = process.communicate(timeout=DEADLINE_SECONDS)
        return process.returncode, said

    def _put(self, path: str, text: str) -> None:
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        file.chmod(0o700)


# Where a shell runs the tests in the background, what they start would ignore it like them.
_HEED = (
    "import os, signal, sys; signal.signal(2, signal.SIG_DFL); os.execv(sys.argv[1], sys.argv[1:])"
)
HEEDING_CTRL_C = (sys.executable, "-c", _HEED)
INSTALL = ("deploy/local/install.sh", "local")
BUILD = ("deploy/local/build-frontend.sh",)


@pytest.mark.parametrize("step", ["venv", "pip"])
def test_what_a_step_of_the_installation_says_is_shown_with_a_sentence(
    tmp_path: Path, step: str
) -> None:
    checkout = Checkout(tmp_path)
    checkout.take_steps(**{step: "echo 'ERROR: no hash matches'; exit 1"})
    ended = checkout.run(*INSTALL)
    assert ended.returncode == 1
    assert ended.stderr.splitlines() == [
        "ERROR: no hash matches",
        "That did not work; the lines above say why. Run the same command to try again.",
    ]
    checkout.take_steps(venv=MAKE_VENV, pip="")
    assert checkout.run(*INSTALL).returncode == 0
    assert checkout.run(*INSTALL).stdout == ""


def test_what_npm_says_is_shown_with_a_sentence(tmp_path: Path) -> None:
    checkout = Checkout(tmp_path)
    checkout.take_steps(npm="echo 'npm error network' >&2; exit 1")
    ended = checkout.run(*BUILD)
    assert ended.returncode == 1
    first, second = ended.stderr.splitlines()
    assert first == "npm error network"
    assert second.startswith("The front end could not be installed; the lines above say why.")


@pytest.mark.parametrize(("step", "script"), [("venv", INSTALL), ("pip", INSTALL), ("npm", BUILD)])
def test_ctrl_c_ends_an_installation_quietly_and_the_next_one_is_whole(
    tmp_path: Path, step: str, script: tuple[str, ...]
) -> None:
    checkout = Checkout(tmp_path)
    checkout.take_steps(**{step: INTERRUPTIBLE})
    status, said = checkout.interrupt(*script)
    assert status == 130
    assert "Traceback" not in said
    assert "lines above" not in said
    checkout.take_steps(venv=MAKE_VENV, pip="", npm="mkdir -p node_modules")
    assert checkout.run(*script).returncode == 0


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
