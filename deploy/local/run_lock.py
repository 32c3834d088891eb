"""One launcher per data folder: the lock, and its holder."""

import fcntl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

import psutil  # type: ignore[import-untyped]  # psutil ships no types
from pydantic import BaseModel, ValidationError

from deploy.local.process import StartError

_WAIT_SECONDS = 120.0  # the guard stops up to six processes, one after the other
_PAUSE_SECONDS = 0.1


class Holder(BaseModel):
    """The content of the lock file: the launcher that holds it."""

    pid: int
    address: str


@contextmanager
def hold_folder(folder: Path, holder: Holder, say: Callable[[str], None]) -> Iterator[int]:
    """Hold `folder` for this process; yield the lock's file descriptor, for the guard to inherit.

    Raises StartError with the address of another launcher that runs. If the other was killed, waits
    until its guard has stopped the remaining children.
    """
    with (folder / "run.lock").open("a+") as file:
        _lock(file, say)
        file.truncate(0)
        file.write(holder.model_dump_json())
        file.flush()
        yield file.fileno()
        file.truncate(0)


def _lock(file: IO[str], say: Callable[[str], None]) -> None:
    if _try(file):
        return
    other = _read(file)
    if other is not None and psutil.pid_exists(other.pid):
        raise StartError(
            f"Natter is already running here: {other.address} (process {other.pid}).\n"
            "Open it, stop it, or give this one another folder: NATTER_DATA_DIR=… make run"
        )
    say("The last run was killed: waiting until what it left has stopped.")
    deadline = time.monotonic() + _WAIT_SECONDS
    while not _try(file):
        if time.monotonic() > deadline:
            raise StartError(f"Another process still holds {file.name}.")
        time.sleep(_PAUSE_SECONDS)


def _try(file: IO[str]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _read(file: IO[str]) -> Holder | None:
    file.seek(0)
    with suppress(ValidationError):
        return Holder.model_validate_json(file.read())
    return None
