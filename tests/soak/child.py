"""A target in a process of its own, which ends when one input takes more CPU time than it may."""

import multiprocessing
import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout, suppress
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Final

from tests.soak.registry import Target

CPU_SECONDS: Final = 3.0
END_SECONDS: Final = 10.0
_SPAWN: Final = multiprocessing.get_context("spawn")


class OutOfTimeError(Exception):
    """The input took more CPU time than it may, or ended the process some other way."""


class Child:
    """Measures what a target takes; it is started again after an input that it did not survive."""

    def __init__(self, target: Target, cpu_seconds: float = CPU_SECONDS) -> None:
        self._target = target
        self._cpu_seconds = cpu_seconds
        self._process: BaseProcess | None = None
        self._pipe: Connection[object, object] | None = None

    def seconds(self, text: str) -> float:
        """Return the target's CPU seconds for `text`; raises OutOfTimeError."""
        if self._pipe is None:
            self._begin()
        assert self._pipe is not None
        try:
            self._pipe.send(text)
            return float(str(self._pipe.recv()))
        except (EOFError, OSError):
            self.end()
            raise OutOfTimeError from None

    def end(self) -> None:
        """End the process, if there is one."""
        if self._pipe is not None:
            self._pipe.close()
        if self._process is not None:
            self._process.join(END_SECONDS)
            self._process.kill()
            self._process.join()
        self._process = self._pipe = None

    def _begin(self) -> None:
        self._pipe, theirs = _SPAWN.Pipe()
        self._process = _SPAWN.Process(
            target=_measure, args=(self._target, self._cpu_seconds, theirs), daemon=True
        )
        self._process.start()
        theirs.close()


@contextmanager
def running(target: Target, cpu_seconds: float = CPU_SECONDS) -> Iterator[Child]:
    """Give a child for a target, and end it."""
    child = Child(target, cpu_seconds)
    try:
        yield child
    finally:
        child.end()


def _measure(target: Target, cpu_seconds: float, pipe: "Connection[object, object]") -> None:
    """Take texts until nobody sends any; SIGPROF ends the process at its limit.

    What the target raises is its answer: it is the time that counts.
    """
    call = target.load()
    # What is logged goes to standard output, and what nobody has a handler for to the other.
    with (
        Path(os.devnull).open("w") as nowhere,
        redirect_stdout(nowhere),
        redirect_stderr(nowhere),
        suppress(EOFError),
    ):
        # What is built at the first call is no part of any later one.
        with suppress(Exception):
            call("")
        while True:
            text = str(pipe.recv())
            signal.setitimer(signal.ITIMER_PROF, cpu_seconds)
            # While the timer runs, Linux moves the clock of the process on by whole ticks only.
            began = time.thread_time()
            with suppress(Exception):
                call(text)
            seconds = time.thread_time() - began
            signal.setitimer(signal.ITIMER_PROF, 0)
            pipe.send(seconds)
