"""Programs that tests start: found where systems keep them, or installed from Debian's packages."""

import shutil
import subprocess
from os import geteuid
from pathlib import Path
from typing import Final

_SECONDS: Final = 300.0
_WHERE: Final = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/opt/homebrew/bin"


def find_program(name: str) -> str | None:
    """Return the path of a program; those of root are found as well."""
    return shutil.which(name, path=_WHERE)


def install_packages(*names: str) -> str | None:
    """Install Debian's packages, and start nothing; return the reason where that can't be done."""
    apt = find_program("apt-get")
    if apt is None or geteuid() != 0:
        return f"{' and '.join(names)} not found; installing needs apt-get and root"
    quietly = ("env", "DEBIAN_FRONTEND=noninteractive", "RUNLEVEL=1", apt, "-qq")
    install = (*quietly, "install", "-y", "--no-install-recommends", *names)
    if run_installer(install) is None:
        return None
    return run_installer((*quietly, "update")) or run_installer(install)


def run_installer(command: tuple[str, ...]) -> str | None:
    """Run an installer; return the last line of what it said where it failed."""
    try:
        done = subprocess.run(
            command, cwd=Path("/"), capture_output=True, text=True, timeout=_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    said = (done.stdout + done.stderr).strip().splitlines() or ["it said nothing"]
    return None if done.returncode == 0 else said[-1]
