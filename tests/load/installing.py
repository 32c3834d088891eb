"""Brings the rivals onto this machine, each where it can be; otherwise says why not."""

import shutil
import sys
from typing import Final

from tests.load.child import ROOT
from tests.load.servers.nchan import MODULE
from tests.load.servers.over_redis import ENVIRONMENT
from tests.support.packages import find_program, install_packages, run_installer

_LOCK: Final = ROOT / "tests/load/requirements.lock"


def install_channels() -> str | None:
    """Make an environment of their own for Channels and daphne, and find a redis-server.

    Returns the reason where that can't be done.
    """
    reason = None if find_program("redis-server") else install_packages("redis-server")
    stamp = ENVIRONMENT / "installed.lock"
    if reason or (stamp.exists() and stamp.read_bytes() == _LOCK.read_bytes()):
        return reason
    python = str(ENVIRONMENT / "bin/python")
    install = (python, "-m", "pip", "install", "--quiet", "--require-hashes", "-r", str(_LOCK))
    making = (sys.executable, "-m", "venv", "--clear", str(ENVIRONMENT))
    reason = run_installer(making) or run_installer(install)
    if reason is None:
        shutil.copyfile(_LOCK, stamp)
    return reason


def install_nchan() -> str | None:
    """Find nginx with Nchan, or install Debian's; return the reason where that can't be done."""
    if find_program("nginx") and MODULE.exists():
        return None
    return install_packages("nginx", "libnginx-mod-nchan")
