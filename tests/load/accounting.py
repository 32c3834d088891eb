"""The CPU time and memory of a process, by the kernel's counts (proc(5): stat, statm, children)."""

import os
import re
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

_TICKS: Final = os.sysconf("SC_CLK_TCK")
_PAGE: Final = os.sysconf("SC_PAGE_SIZE")
_PROC: Final = Path("/proc")
_UTIME: Final = 11
_STIME: Final = 12
_START_SECONDS: Final = 1.0
_PSS: Final = re.compile(r"^Pss: +(\d+) kB", re.MULTILINE)
_KIBI: Final = 1024
_NANO: Final = 1e9
"""Nanoseconds in a second."""


def is_counted() -> bool:
    """Return whether this system keeps such accounts."""
    return (_PROC / "self/stat").exists()


def cpu_seconds(pids: Iterable[int]) -> float:
    """Sum the user's and the system's CPU time of these processes and what they started."""
    accounts = map(_fields, _read("stat", pids))
    return sum(sum(map(int, fields[_UTIME : _STIME + 1])) for fields in accounts) / _TICKS


def waiting_seconds(pid: int) -> float:
    """Return how long the process's main thread was ready to run while no core was free.

    It is always 0 where the kernel keeps no such account (sched-stats.rst).
    """
    account = _PROC / str(pid) / "schedstat"
    return int(account.read_text().split()[1]) / _NANO if account.exists() else 0.0


def resident_bytes(pids: Iterable[int]) -> int:
    """Sum the resident memory of these processes and what they started."""
    return sum(int(statm.split()[1]) for statm in _read("statm", pids)) * _PAGE


def own_bytes(pids: Iterable[int]) -> int:
    """Sum the memory of these processes and what they started, each shared page once.

    It is the proportional set size: right where processes share much, as PostgreSQL's do.
    """
    rollups = _read("smaps_rollup", pids)
    return sum(int(found[1]) for rollup in rollups if (found := _PSS.search(rollup))) * _KIBI


def settle(seconds: float = _START_SECONDS) -> None:
    """Give a process the time to finish its work before it is measured."""
    time.sleep(seconds)


def _read(account: str, pids: Iterable[int]) -> Iterator[str]:
    """Read an account of these processes, which have to be there, and of their descendants."""
    for pid in pids:
        yield (_PROC / str(pid) / account).read_text()
        for child in _descendants(pid):
            # One that has ended since it was listed has no account any more.
            with suppress(FileNotFoundError, ProcessLookupError):
                yield (_PROC / str(child) / account).read_text()


def _descendants(pid: int) -> Iterator[int]:
    for path in (_PROC / str(pid) / "task").glob("*/children"):
        with suppress(FileNotFoundError, ProcessLookupError):
            for child in map(int, path.read_text().split()):
                yield child
                yield from _descendants(child)


def _fields(stat: str) -> list[str]:
    """Return the fields behind the command's name, which may hold spaces; utime is number 11."""
    return stat.rpartition(")")[2].split()
