"""The Docker engine on this machine: whether it can run the compose stack, and its commands."""

import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Final

OLDEST_ENGINE: Final = (25, 0)
OLDEST_COMPOSE: Final = (2, 24)
QUICK_SECONDS: Final = 60.0
LONGEST_SECONDS: Final = 900.0
_VERSION: Final = re.compile(r"(\d+)\.(\d+)")


class CommandError(AssertionError):
    """A command failed, or took too long; the text is what it wrote."""


def run(
    *command: str,
    env: Mapping[str, str] | None = None,
    given: bytes | None = None,
    seconds: float = QUICK_SECONDS,
    errors: int = subprocess.PIPE,
    folder: Path | None = None,
) -> str:
    """Run a command and return what it wrote to its standard output.

    With `subprocess.STDOUT` for `errors` it is what it wrote to its standard error as well.

    It has a session of its own: Ctrl+C ends the tests, which then end what they started.
    """
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            env=env,
            input=given,
            stdin=subprocess.DEVNULL if given is None else None,
            stdout=subprocess.PIPE,
            stderr=errors,
            timeout=seconds,
            start_new_session=True,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise CommandError(f"`{' '.join(command)}` has not ended after {seconds:.0f} s") from None
    if done.returncode:
        said = (done.stdout + (done.stderr or b"")).decode(errors="replace")
        raise CommandError(f"`{' '.join(command)}` ended with {done.returncode}:\n{said}")
    return done.stdout.decode(errors="replace")


def what_is_missing() -> str | None:
    """Say in a sentence why the stack cannot run here; None where it can."""
    if shutil.which("docker") is None:
        return "there is no `docker` on the PATH"
    return (
        _too_old(
            "a running Docker engine",
            OLDEST_ENGINE,
            ("docker", "version", "--format", "{{.Server.Version}}"),
        )
        or _too_old("Docker Compose", OLDEST_COMPOSE, ("docker", "compose", "version", "--short"))
        or _too_old("docker buildx", (0, 0), ("docker", "buildx", "version"))
    )


def _too_old(name: str, oldest: tuple[int, int], command: tuple[str, ...]) -> str | None:
    try:
        said = run(*command)
    except CommandError as error:
        return f"{name} is missing: {str(error).strip().splitlines()[-1]}"
    found = _VERSION.search(said)
    if found is None:
        return f"{name} does not tell its version: {said.strip()!r}"
    if (int(found[1]), int(found[2])) < oldest:
        return f"{name} is {found[0]}, and {oldest[0]}.{oldest[1]} or newer is needed"
    return None
