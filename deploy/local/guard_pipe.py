"""The launcher's end of the pipe to its guard."""

import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from deploy.local.process import Child


class Guard:
    """The process that outlives a killed launcher; it inherits the lock of the data folder."""

    def __init__(self, lock: int) -> None:
        program = Path(__file__).with_name("guard.py")
        self._process = subprocess.Popen(  # noqa: S603 - our own program
            (sys.executable, "-I", "-S", str(program)),
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            pass_fds=(lock,),
            start_new_session=True,
        )

    def add(self, child: Child) -> None:
        """Tell the guard to end `child` if the launcher is killed."""
        self._send(f"+{child.pid} {int(child.stop_signal)}\n")

    def remove(self, child: Child) -> None:
        """Take back a child that has ended."""
        self._send(f"-{child.pid}\n")

    def close(self) -> None:
        """End the guard; it stops the children that were not taken back."""
        self._process.communicate()

    def _send(self, line: str) -> None:
        if self._process.stdin is not None:
            with suppress(BrokenPipeError):
                os.write(self._process.stdin.fileno(), line.encode())
