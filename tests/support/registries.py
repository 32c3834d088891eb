"""What a README's installing commands fetch, fetched before: they then run without a network.

It is kept in `.venv` until what is asked for changes.
"""

import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

import pytest

from tests.support.own_network import ROOT

_KEPT: Final = ROOT / ".venv" / "readme-packages"
_NPM: Final = str(Path(sys.executable).parent / "npm")
_FETCH_SECONDS: Final = 300


def fetched_for_pip(lock: Path, folder: Path) -> Mapping[str, str]:
    """Return the environment in which pip installs `lock` out of `folder`, a new one."""

    def fetch(target: Path) -> None:
        _run(sys.executable, "-m", "pip", "download", "-q", "-r", str(lock), "-d", str(target))

    shutil.copytree(_kept("pip", lock.read_text(), fetch), folder)
    return {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(folder), "PIP_CONFIG_FILE": "/dev/null"}


def fetched_for_npm(command: str, folder: Path) -> Mapping[str, str]:
    """Return the environment in which `command`, an `npm install …`, needs no network."""

    def fetch(target: Path) -> None:
        arguments = command.split()[1:]
        _run(_NPM, *arguments, "--no-audit", "--prefix", str(target), "--cache", str(target))

    shutil.copytree(_kept("npm", command, fetch), folder, symlinks=True)
    registry = subprocess.run(
        (_NPM, "config", "get", "registry"), capture_output=True, text=True, check=True
    ).stdout.strip()
    names = {"cache": str(folder), "offline": "true", "registry": registry, "audit": "false"}
    return {f"npm_config_{name}": value for name, value in names.items()}


def _kept(name: str, wanted: str, fetch: Callable[[Path], None]) -> Path:
    folder, note = _KEPT / name, _KEPT / f"{name}.wanted"
    if not note.exists() or note.read_text() != wanted:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        fetch(folder)
        note.write_text(wanted)
    return folder


def _run(*command: str) -> None:
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=_FETCH_SECONDS, check=False
    )
    if done.returncode != 0:
        pytest.fail(f"{command[0]} could not fetch its packages:\n{done.stderr}", pytrace=False)
