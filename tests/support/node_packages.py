"""The npm packages that the README's Node.js examples import, installed at the first use."""

import fcntl
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

FOLDER: Final = Path(__file__).parent / "node"
NODE: Final = str(Path(sys.executable).parent / "node")
_NPM: Final = str(Path(sys.executable).parent / "npm")
_LOCK: Final = FOLDER / "package-lock.json"
_INSTALLED: Final = FOLDER / "node_modules" / ".installed-lock"
_INSTALL_SECONDS: Final = 300


def node_packages() -> Path:
    """Return a `node_modules` with what the lock file names; fail where npm cannot install it."""
    with (FOLDER / "package.json").open() as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)  # other test processes want it too
        if not _INSTALLED.exists() or _INSTALLED.read_bytes() != _LOCK.read_bytes():
            _install()
            shutil.copyfile(_LOCK, _INSTALLED)
    return FOLDER / "node_modules"


def _install() -> None:
    done = subprocess.run(
        [_NPM, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"],
        cwd=FOLDER,
        capture_output=True,
        text=True,
        timeout=_INSTALL_SECONDS,
        check=False,
    )
    if done.returncode != 0:
        pytest.fail(f"npm could not install {FOLDER.name}:\n{done.stderr}", pytrace=False)
