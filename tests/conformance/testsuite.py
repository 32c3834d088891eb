"""The Autobahn Testsuite, which needs a Python 2.7: finds one, installs it there, runs it."""

import asyncio
import json
import shutil
import subprocess
from asyncio.subprocess import DEVNULL, PIPE, STDOUT
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from tests.conformance.report import Report

ROOT: Final = Path(__file__).parents[2]
LOCK: Final = Path(__file__).with_name("requirements.lock")
FOLDER: Final = ROOT / ".venv/autobahn"
STAMP: Final = FOLDER / "installed.lock"
NAMES: Final = ("python2.7", "pypy2.7", "pypy2", "pypy", "python2", "python")
VERSION: Final = "import sys, pip; assert sys.version_info[:2] == (2, 7)"
RUN: Final = (
    "import site, sys; site.addsitedir(sys.argv.pop(1));"
    "from autobahntestsuite.wstest import run; run()"
)
# Framing, pings, reserved bits, opcodes, fragments, UTF-8, closing; 10.1.1 is a message in many
# fragments. 9 measures, 12 and 13 are about compression, which is never agreed upon.
CASES: Final = ["1.*", "2.*", "3.*", "4.*", "5.*", "6.*", "7.*", "10.*"]
CASE_COUNT: Final = 247
INSTALL_SECONDS: Final = 600
RUN_SECONDS: Final = 600
MISSING: Final = """no Python 2.7 with pip was found.
  Any CPython 2.7 or PyPy 2.7 will do: with pyenv, `pyenv install 2.7.18`.
  One in an unusual place: NATTER_PYTHON2=/path/to/python2.7"""


class UnavailableError(Exception):
    """The testsuite can't be run on this machine."""


class PythonSettings(BaseSettings):
    """Where a Python 2.7 is, if the usual places are not it."""

    model_config = SettingsConfigDict(env_ignore_empty=True, frozen=True, extra="ignore")

    chosen: Path | None = Field(None, validation_alias="NATTER_PYTHON2")


def install() -> Path:
    """Bring the testsuite up to its lock file and return the Python that runs it.

    Raises `UnavailableError`.
    """
    python = next(filter(_is_python2, _candidates()), None)
    if python is None:
        raise UnavailableError(MISSING)
    wanted = f"{python}\n{LOCK.read_text()}"
    if not STAMP.exists() or STAMP.read_text() != wanted:
        _install(python)
        STAMP.write_text(wanted)
    return python


async def run(python: Path, address: str) -> Report:
    """Test the server at `address`, a WebSocket's URL. Raises `UnavailableError`."""
    reports = FOLDER / "reports"
    shutil.rmtree(reports, ignore_errors=True)
    server = {"agent": "natter", "url": address}
    specification = {"outdir": str(reports), "servers": [server], "cases": CASES}
    excluded: dict[str, object] = {"exclude-cases": [], "exclude-agent-cases": {}}
    spec = FOLDER / "spec.json"
    spec.write_text(json.dumps({**specification, **excluded}))
    command = (str(python), "-c", RUN, str(FOLDER), "-m", "fuzzingclient", "-s", str(spec))
    said = await _run(command)
    index = reports / "index.json"
    if not index.exists():
        raise UnavailableError(f"the testsuite stopped:\n{said}")
    report = Report.read(index.read_text())
    if report.total != CASE_COUNT:
        raise UnavailableError(f"only {report.total} of {CASE_COUNT} cases were run:\n{said}")
    return report


async def _run(command: tuple[str, ...]) -> str:
    process = await asyncio.create_subprocess_exec(
        *command, cwd=FOLDER, stdin=DEVNULL, stdout=PIPE, stderr=STDOUT
    )
    try:
        async with asyncio.timeout(RUN_SECONDS):
            said, _ = await process.communicate()
    except TimeoutError as error:
        process.kill()
        await process.wait()
        raise UnavailableError(f"the testsuite took more than {RUN_SECONDS} s") from error
    return said.decode(errors="replace")[-2000:]


def _candidates() -> Iterator[Path]:
    if chosen := PythonSettings().chosen:
        yield chosen
        return
    yield from (Path(found) for name in NAMES if (found := shutil.which(name)))
    yield from sorted(Path.home().glob(".pyenv/versions/*2.7*/bin/python"))


def _is_python2(path: Path) -> bool:
    try:
        done = subprocess.run((path, "-c", VERSION), capture_output=True, timeout=60, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def _install(python: Path) -> None:
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    install = (python, "-m", "pip", "install", "--quiet", "--no-deps", "--require-hashes")
    command = (*install, "--target", str(FOLDER), "-r", str(LOCK))
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=INSTALL_SECONDS, check=False
    )
    if done.returncode:
        raise UnavailableError(f"pip for Python 2.7 failed:\n{(done.stdout + done.stderr)[-2000:]}")
