"""One run of the process that highlights, as its service sees it."""

import asyncio
import json
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from typing import Final, Self

from services.shared.highlighting.code import MAX_HTML_LENGTH, Code

ANSWER_SECONDS: Final = 2.0
"""The backstop on the clock: it ends a process that the limit of its CPU time has not ended."""
_WORKER: Final = f"{__package__}.worker"
# JSON spells a character of up to 16 bits in six bytes, any other one in twelve.
_LONGEST_LINE: Final = 12 * MAX_HTML_LENGTH


class TooCostlyError(Exception):
    """Highlighting takes more CPU time than the process allows itself."""


class LateError(Exception):
    """Nothing came in time, or the process has died in another way."""


class HighlightingProcess:
    """Answers one question after the other; after an error it has ended."""

    def __init__(self, process: Process) -> None:
        self._process = process

    @classmethod
    async def start(cls) -> Self:
        """Start the process; it gets the way to its modules and nothing else of the environment.

        Raises OSError where the system starts none.
        """
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", _WORKER),
            stdin=PIPE,
            stdout=PIPE,
            env={"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            limit=_LONGEST_LINE,
        )
        return cls(process)

    @property
    def has_ended(self) -> bool:
        """Whether it is gone: another process may have killed it."""
        return self._process.returncode is not None

    async def highlight(self, code: Code) -> str | None:
        """Return the HTML of code, None for code that stays plain.

        Raises TooCostlyError or LateError.
        """
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
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
        """End the process, whatever it does, and return its status."""
        if not self.has_ended:
            self._process.kill()
        return await self._process.wait()

    async def _ask(self, question: bytes) -> bytes:
        stdin, stdout = self._process.stdin, self._process.stdout
        if stdin is None or stdout is None:
            raise OSError("no pipes")
        stdin.write(question)
        await stdin.drain()
        return await stdout.readline()
