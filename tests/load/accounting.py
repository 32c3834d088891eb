"""What a process has cost, as the operating system counts it (proc(5): stat, statm, children)."""

import os
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

_TICKS: Final = os.sysconf("SC_CLK_TCK")
_PAGE: Final = os.sysconf("SC_PAGE_SIZE")
_PROC: Final = Path("/proc")
_UTIME: Final = 11
_STIME: Final = 12
_START_SECONDS: Final = 1.0
_NANO: Final = 1e9
"""Nanoseconds in a second."""


def is_counted() -> bool:
    """Tell whether this system keeps such accounts."""
    return (_PROC / "self/stat").exists()


def cpu_seconds(pids: Iterable[int]) -> float:
    """Sum the user's and the system's CPU time of these processes and what they started."""
    return sum(sum(map(int, _stat(pid)[_UTIME : _STIME + 1])) for pid in _trees(pids)) / _TICKS


def waiting_seconds(pid: int) -> float:
    """Tell how long the process's main thread was ready to run while no core was free.

    It is always 0 where the kernel keeps no such account (sched-stats.rst).
    """
    account = _PROC / str(pid) / "schedstat"
    return int(account.read_text().split()[1]) / _NANO if account.exists() else 0.0


def resident_bytes(pids: Iterable[int]) -> int:
    """Sum the resident memory of these processes and what they started."""
    return (
        sum(int((_PROC / str(pid) / "statm").read_text().split()[1]) for pid in _trees(pids))
        * _PAGE
    )


def settle(seconds: float = _START_SECONDS) -> None:
    """Give a process the time to finish what it was told, before it is looked at."""
    time.sleep(seconds)


def _trees(pids: Iterable[int]) -> Iterator[int]:
    for pid in pids:
        yield pid
        children = (_PROC / str(pid) / "task").glob("*/children")
        yield from _trees(int(child) for path in children for child in path.read_text().split())


def _stat(pid: int) -> list[str]:
    """Return the fields behind the command's name, which may hold spaces; utime is number 11."""
    return (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
