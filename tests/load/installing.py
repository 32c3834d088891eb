"""Brings the rivals onto this machine, each where it can be; otherwise says why not."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

from tests.load.child import ROOT
from tests.load.servers.nchan import MODULE
from tests.load.servers.over_redis import ENVIRONMENT

_LOCK: Final = ROOT / "tests/load/requirements.lock"
_SECONDS: Final = 300.0
_WHERE: Final = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def install_channels() -> str | None:
    """Make an environment of their own for Channels and daphne, and find a redis-server.

    Returns the reason where that can't be done.
    """
    reason = None if _finds("redis-server") else _install_package("redis-server")
    stamp = ENVIRONMENT / "installed.lock"
    if reason or (stamp.exists() and stamp.read_bytes() == _LOCK.read_bytes()):
        return reason
    python = str(ENVIRONMENT / "bin/python")
    install = (python, "-m", "pip", "install", "--quiet", "--require-hashes", "-r", str(_LOCK))
    making = (sys.executable, "-m", "venv", "--clear", str(ENVIRONMENT))
    reason = _run(making) or _run(install)
    if reason is None:
        shutil.copyfile(_LOCK, stamp)
    return reason


def install_nchan() -> str | None:
    """Find nginx with Nchan, or install Debian's; return the reason where that can't be done."""
    if _finds("nginx") and MODULE.exists():
        return None
    return _install_package("nginx", "libnginx-mod-nchan")


def _install_package(*names: str) -> str | None:
    apt = shutil.which("apt-get", path=_WHERE)
    if apt is None or os.geteuid() != 0:
        return f"{' and '.join(names)} not found; installing needs apt-get and root"
    quietly = ("env", "DEBIAN_FRONTEND=noninteractive", "RUNLEVEL=1", apt, "-qq")
    install = (*quietly, "install", "-y", "--no-install-recommends", *names)
    if _run(install) is None:
        return None
    return _run((*quietly, "update")) or _run(install)


def _finds(program: str) -> bool:
    return shutil.which(program, path=_WHERE) is not None


def _run(command: tuple[str, ...]) -> str | None:
    """Run an installer; return the last line of what it said where it failed."""
    try:
        done = subprocess.run(
            command, cwd=Path("/"), capture_output=True, text=True, timeout=_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    said = (done.stdout + done.stderr).strip().splitlines() or ["it said nothing"]
    return None if done.returncode == 0 else said[-1]
