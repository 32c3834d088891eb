"""Podman, which runs a pod without a cluster; run as a program, this installs it."""

import os
import resource
import sys
from pathlib import Path
from subprocess import PIPE, STDOUT
from typing import Final

from deploy.local.settings import inherited_environment
from tests.compose.engine import LONGEST_SECONDS, CommandError, run
from tests.support.packages import find_program, install_packages

PACKAGES: Final = ("podman", "netavark", "aardvark-dns", "catatonit", "runc")
# Beside podman's own programs, where Debian and Fedora put them.
_PLACES: Final = (Path("/usr/lib/podman"), Path("/usr/libexec/podman"))
# crun refuses a machine that has both versions of control groups.
_RUNTIME: Final = ("--runtime", "runc")
_FILES: Final = 1_048_576
# More than any pod needs, and less than podman 4.3 leaves to itself.
_PROCESSES: Final = 4096


def podman(*arguments: str, given: bytes | None = None, errors: int = PIPE) -> str:
    """Run podman and return what it wrote; `errors` may be `subprocess.STDOUT`."""
    command = command_of(*arguments)
    return run(*command, env=environment(), given=given, seconds=LONGEST_SECONDS, errors=errors)


def command_of(*arguments: str) -> list[str]:
    """Return the words of a command of podman's, which needs its `environment`."""
    return ["podman", *_RUNTIME, *arguments]


def log_of(container: str) -> str:
    """Return what a container has written."""
    return podman("logs", container, errors=STDOUT)


def write_configuration(folder: Path) -> None:
    """Let containers open as many files as this process may: with more they would not start."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    files = _FILES if hard == resource.RLIM_INFINITY else min(hard, _FILES)
    limits = f'"nofile={files}:{files}", "nproc={_PROCESSES}:{_PROCESSES}"'
    (folder / "containers.conf").write_text(f"[containers]\ndefault_ulimits = [{limits}]\n")
    _CONFIGURATION.append(str(folder / "containers.conf"))


_CONFIGURATION: Final[list[str]] = []


def environment() -> dict[str, str]:
    """Return the environment in which podman finds its configuration."""
    return {**inherited_environment(), "CONTAINERS_CONF": _CONFIGURATION[-1]}


def what_is_missing() -> str | None:
    """Say in a sentence why pods cannot be run here; None where they can."""
    if os.geteuid() != 0:
        return "only root can give pods a network of their own, and files to users that it has not"
    for name in PACKAGES:
        if find_program(name) is None and not any((place / name).exists() for place in _PLACES):
            return f"{name} is missing; on Debian: apt-get install {' '.join(PACKAGES)}"
    return None


def main() -> int:
    """Install what is missing; exit status 1 where that cannot be done."""
    if what_is_missing() and (reason := install_packages(*PACKAGES)):
        print(f"{what_is_missing()}\n({reason})", file=sys.stderr)  # noqa: T201 - to a terminal
        return 1
    return 0


def ended_with(*arguments: str) -> str | None:
    """Return what podman said where it failed; None where it did not."""
    try:
        podman(*arguments)
    except CommandError as error:
        return str(error)
    return None


if __name__ == "__main__":
    sys.exit(main())
