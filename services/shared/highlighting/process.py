"""The service's side of one run of the highlighting process."""

import asyncio
import json
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from typing import Final, Self

from services.shared.highlighting.code import MAX_HTML_LENGTH, Code

_WORKER: Final = f"{__package__}.worker"
# JSON writes a character of up to 16 bits in at most six bytes, any other one in twelve.
_LONGEST_LINE: Final = 12 * MAX_HTML_LENGTH
# It takes 50 ms on an idle machine.
START_SECONDS: Final = 10.0


class TooCostlyError(Exception):
    """Highlighting takes more CPU time than the process may use."""


class LateError(Exception):
    """There was no answer in time, or the process died in another way."""


class HighlightingProcess:
    """Answers one question at a time; after an error the process has ended."""

    def __init__(self, process: Process) -> None:
        self._process = process

    @classmethod
    async def start(cls) -> Self:
        """Start the process, and return it when it is ready: no code has to wait for the start.

        Its only environment variable is the path of its modules. Raises OSError if the system
        cannot start it, or if it is not ready in time.
        """
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", _WORKER),
            stdin=PIPE,
            stdout=PIPE,
            env={"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            limit=_LONGEST_LINE,
        )
        started = cls(process)
        try:
            async with asyncio.timeout(START_SECONDS):
                await started._wait_until_ready()
        except BaseException:
            await started.end()
            raise
        return started

    @property
    def has_ended(self) -> bool:
        """Whether the process has ended: another process may have killed it."""
        return self._process.returncode is not None

    async def highlight(self, code: Code, *, seconds: float) -> str | None:
        """Return the HTML of code, or None if it stays plain.

        Raises TooCostlyError, or LateError after so many seconds.
        """
        try:
            async with asyncio.timeout(seconds):
                line = await self._ask(json.dumps(code).encode() + b"\n")
        except (TimeoutError, OSError) as error:
            await self.end()
            raise LateError from error
        if line.endswith(b"\n"):
            html: str | None = json.loads(line)
            return html
        if await self.end() == -signal.SIGPROF:
            raise TooCostlyError
        raise LateError

    async def end(self) -> int:
        """Kill the process, whatever it is doing, and return its status."""
        if not self.has_ended:
            self._process.kill()
        return await self._process.wait()

    async def _wait_until_ready(self) -> None:
        stdout = self._process.stdout
        if stdout is None or not await stdout.readline():
            raise OSError("the highlighting process ended at its start")

    async def _ask(self, question: bytes) -> bytes:
        stdin, stdout = self._process.stdin, self._process.stdout
        if stdin is None or stdout is None:
            raise OSError("no pipes")
        stdin.write(question)
        await stdin.drain()
        return await stdout.readline()
