"""Finds and ends a server that a killed launcher left behind."""

from contextlib import suppress
from pathlib import Path

import psutil  # type: ignore[import-untyped]  # psutil ships no types

_STOP_SECONDS = 10.0


def find_leftover(pid_file: Path, program: str, folder: Path) -> int | None:
    """Return the pid in the first line of `pid_file` if it is `program` running on `folder`.

    A pid alone proves nothing: after a restart of the machine it may be another program's.
    """
    with suppress(OSError, ValueError, IndexError, psutil.Error):
        pid = int(pid_file.read_text().splitlines()[0])
        process = psutil.Process(pid)
        if program in process.name() and str(folder) in process.cmdline():
            return pid
    return None


def end_leftover(pid: int, number: int) -> None:
    """Send the signal `number` to `pid` and wait for its end; kill it after ten seconds."""
    with suppress(psutil.NoSuchProcess):
        process = psutil.Process(pid)
        process.send_signal(number)
        try:
            process.wait(_STOP_SECONDS)
        except psutil.TimeoutExpired:
            process.kill()
            process.wait(_STOP_SECONDS)
