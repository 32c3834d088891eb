"""A child process that takes orders as lines of JSON, and is ended where it takes too long."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from tests.load.answering import Answer

ROOT: Final = Path(__file__).parents[2]
ORDER_SECONDS: Final = 600.0
END_SECONDS: Final = 60.0


class ChildFailedError(RuntimeError):
    """A child ended or took too long."""


class OrderedChild:
    """A running child."""

    def __init__(self, process: subprocess.Popen[str], name: str) -> None:
        self.name = name
        self.pid = process.pid
        self._process = process

    def ask(self, do: str, **details: object) -> Answer:
        """Give an order and wait for what came of it; raises ChildFailedError."""
        if self._process.stdin is not None:
            self._process.stdin.write(json.dumps({"do": do, **details}) + "\n")
            self._process.stdin.flush()
        return self.hear()

    def hear(self) -> Answer:
        """Wait for the next answer."""
        watchdog = threading.Timer(ORDER_SECONDS, self._process.kill)
        watchdog.start()
        try:
            line = self._process.stdout.readline() if self._process.stdout is not None else ""
        finally:
            watchdog.cancel()
        if not line:
            raise ChildFailedError(f"the {self.name} has ended")
        answer: Answer = json.loads(line)
        return answer


@contextmanager
def ordered_child(
    module: str, *arguments: str, python: str = sys.executable, env: Mapping[str, str] | None = None
) -> Iterator[OrderedChild]:
    """Run `python -m module` and give it when it is ready; it is ended with the body."""
    process = subprocess.Popen(
        [python, "-m", module, *arguments],
        cwd=ROOT,
        env={"PATH": os.defpath, **(env or {})},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    child = OrderedChild(process, module)
    try:
        child.hear()
        yield child
    finally:
        _end(process)


def _end(process: subprocess.Popen[str]) -> None:
    """Let it end with its input, then insist."""
    if process.stdin is not None:
        process.stdin.close()
    try:
        process.wait(END_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.stdout is not None:
        process.stdout.close()
