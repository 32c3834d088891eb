"""Starting the stand-in launcher as a process of its own, and reading what it prints."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.support.waiting import DEADLINE_SECONDS, until_ready

ROOT = Path(__file__).resolve().parents[3]

# What a signal interrupts may be a print, in which there can be no other; and one that comes just
# before a sleep does not cut it short.
SAYS_BYE = """
import os, signal, sys
def end(*_):
    os.write(1, b"bye\\n")
    sys.exit(0)
signal.signal(signal.SIGTERM, end)
print("ready", flush=True)
"""
STAYS = """
import time
while True:
    time.sleep(0.1)
"""
POLITE = SAYS_BYE + STAYS
STUBBORN = """
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("ready", flush=True)
time.sleep(600)
"""

_WAIT = """
import os, time
while not os.path.exists({path!r}):
    time.sleep(0.02)
"""


@dataclass(frozen=True, slots=True)
class Launcher:
    process: subprocess.Popen[bytes]
    output: Path

    def text(self) -> str:
        return self.output.read_text()

    def wait_for(self, text: str) -> None:
        until_ready(self.process, lambda: text in self.text(), self.text)

    def pid_of(self, name: str) -> int:
        found = re.search(rf"{name} has pid (\d+)", self.text())
        assert found, self.text()
        return int(found[1])

    def end(self, number: signal.Signals = signal.SIGINT) -> int:
        self.process.send_signal(number)
        return self.process.wait(DEADLINE_SECONDS)


def stand_in(folder: Path, *children: tuple[str, str]) -> tuple[str, ...]:
    module = "tests.integration.local.stand_in"
    return (sys.executable, "-m", module, str(folder), json.dumps(children))


@contextmanager
def launched(
    folder: Path, *children: tuple[str, str], behind: tuple[str, ...] = ()
) -> Iterator[Launcher]:
    """Start the stand-in in a session of its own, by the command `behind` where there is one."""
    folder.mkdir(exist_ok=True)
    output = folder / "output"
    with output.open("wb") as file:
        process = subprocess.Popen(
            (*behind, *stand_in(folder, *children)),
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        yield Launcher(process, output)
    finally:
        process.kill()
        process.wait()


def wait_for_file(path: Path) -> str:
    return f"exec({_WAIT.format(path=str(path))!r})"


def wait_until(condition: Callable[[], bool], what: Callable[[], str]) -> None:
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, f"never came true: {what()}"
        time.sleep(0.02)


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    stat = Path(f"/proc/{pid}/stat")
    return not stat.exists() or stat.read_text().rpartition(")")[2].split()[0] != "Z"
