"""Runs one child process in a session of its own, and reports its lines and its end."""

import os
import signal
import subprocess
import threading
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from deploy.local.lines import read_lines

STOP_SECONDS = 15.0  # a service gives its open requests ten of them
REMEMBERED_LINES = 20
_PAUSE_SECONDS = 0.02


class StartError(RuntimeError):
    """A part of the stack could not be started; the message says why and what to do."""


def describe_fault(error: OSError) -> str:
    """Describe an error of the system with its file: `Permission denied: /data`."""
    where = f": {error.filename}" if error.filename else ""
    return f"{error.strerror or error}{where}"


class Interrupted(Exception):  # noqa: N818 - it is a request, not an error
    """A stop was requested while a part was still starting."""


@dataclass(frozen=True, slots=True)
class Command:
    """A command to run, with its complete environment."""

    name: str
    argv: tuple[str, ...]
    env: Mapping[str, str]
    cwd: Path | None = None
    user: int | None = None
    group: int | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    runs_to_its_end: bool = False


def _nothing(*_: object) -> None:
    return None


@dataclass(frozen=True, slots=True)
class Watch:
    """Callbacks for events of children, called from other threads; `stop` ends all waiting."""

    line: Callable[[str, str], None] = _nothing
    started: Callable[["Child"], None] = _nothing
    ended: Callable[["Child"], None] = _nothing
    stop: threading.Event = field(default_factory=threading.Event)


class Child:
    """A running process. Its session keeps the terminal's Ctrl+C away from it."""

    def __init__(self, command: Command, watch: Watch) -> None:
        self.name = command.name
        self.stop_signal = command.stop_signal
        self.runs_to_its_end = command.runs_to_its_end
        self.last_lines: deque[str] = deque(maxlen=REMEMBERED_LINES)
        self._watch = watch
        self._process = _open(command)
        self._reader = threading.Thread(target=self._read, name=f"{self.name} lines", daemon=True)
        self._reader.start()
        watch.started(self)
        self._waiter = threading.Thread(target=self._await_end, name=f"{self.name} end")
        self._waiter.daemon = True
        self._waiter.start()

    @property
    def pid(self) -> int:
        """The process id, which is the id of its group as well."""
        return self._process.pid

    @property
    def exit_code(self) -> int | None:
        """None while it runs, minus the signal's number if a signal ended it."""
        return self._process.poll()

    def wait_until(self, ready: Callable[[], bool], seconds: float) -> None:
        """Return once `ready()`; raises StartError if it ends or is late, Interrupted on a stop."""
        for _ in range(int(seconds / _PAUSE_SECONDS)):
            if self.exit_code is not None:
                self._waiter.join()
                raise StartError(f"{self.name} {describe_end(self)}{quote_lines(self)}")
            if ready():
                return
            if self._watch.stop.wait(_PAUSE_SECONDS):
                raise Interrupted
        raise StartError(f"{self.name} was not ready after {seconds:g} s{quote_lines(self)}")

    def wait_end(self, seconds: float) -> None:
        """Return once it ended with exit code 0; raises as `wait_until` does."""
        with suppress(StartError):
            self.wait_until(lambda: False, seconds)
        if self.exit_code is None:
            raise StartError(f"{self.name} took longer than {seconds:g} s{quote_lines(self)}")
        if self.exit_code != 0:
            raise StartError(f"{self.name} {describe_end(self)}{quote_lines(self)}")

    def stop(self, seconds: float = STOP_SECONDS) -> None:
        """Ask it to end, wait `seconds`, then kill it and its children."""
        if self.exit_code is None:
            self._process.send_signal(self.stop_signal)
            try:
                self._process.wait(seconds)
            except subprocess.TimeoutExpired:
                self._watch.line(self.name, f"has not ended within {seconds:g} s and is killed")
        self.kill()
        self._waiter.join()

    def kill(self) -> None:
        """End its whole group at once."""
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)

    def _read(self) -> None:
        if self._process.stdout is not None:
            for line in read_lines(self._process.stdout):
                self.last_lines.append(line)
                self._watch.line(self.name, line)

    def _await_end(self) -> None:
        self._process.wait()
        # A grandchild may hold the pipe open; the end is reported nevertheless.
        self._reader.join(1.0)
        self._watch.ended(self)


def describe_end(child: Child) -> str:
    """Return how it ended: `ended with exit code 3` or `was ended by SIGKILL`."""
    code = child.exit_code
    if code is not None and code < 0:
        return f"was ended by {signal.Signals(-code).name}"
    return f"ended with exit code {code}"


def quote_lines(child: Child) -> str:
    """Return its last lines, indented, to follow a message; empty without any."""
    return "".join(f"\n    {line}" for line in child.last_lines)


def _open(command: Command) -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # noqa: S603 - every command is built by this package
        command.argv,
        env=dict(command.env),
        cwd=command.cwd,
        user=command.user,
        group=command.group,
        extra_groups=None if command.user is None else (),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
