"""A small process that ends the children of a launcher that was killed.

It reads `+<pid> <signal>` and `-<pid>` lines from the launcher. A launcher that ends in order takes
every pid back before it closes the pipe. A killed one (kill -9, out of memory) cannot: its end
closes the pipe on every system, and the guard stops the remaining children in reverse order. The
guard inherits the lock of the data folder, so that the next start waits for it.

It uses only the standard library and is started in isolation, to run before any child does.
"""

import os
import signal
import sys
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

STOP_SECONDS = 15.0  # as the launcher
_PAUSE_SECONDS = 0.05


def guard(lines: Iterable[str], seconds: float = STOP_SECONDS) -> None:
    """Read `lines` to their end, then stop the children that were not taken back, latest first."""
    running: dict[int, int] = {}
    for line in lines:
        words = line.split()
        if line.startswith("+"):
            running[int(words[0][1:])] = int(words[1])
        else:
            running.pop(int(words[0][1:]), None)
    for pid, number in reversed(running.items()):
        _end(pid, number, seconds)


def _end(pid: int, number: int, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    with suppress(ProcessLookupError, PermissionError):
        os.kill(pid, number)
        while time.monotonic() < deadline and not _is_zombie(pid):
            os.kill(pid, 0)
            time.sleep(_PAUSE_SECONDS)
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


def _is_zombie(pid: int) -> bool:
    # In a container whose first process collects no orphans, an ended process stays listed.
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return False


if __name__ == "__main__":
    for _number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(_number, signal.SIG_IGN)
    guard(sys.stdin)
