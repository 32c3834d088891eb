"""A command line in a thread of this process, which saves the second that a new process takes."""

import asyncio
import io
from collections.abc import Callable, Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.shell import Outcome


@dataclass(frozen=True, slots=True)
class InProcess:
    """The command `main` in a folder, with a `NATS_URL`; one at a time, as output is global.

    Its logging settings are those of the process: use `restored_logging` as well.
    """

    main: Callable[[Sequence[str]], int]
    folder: Path
    environment: pytest.MonkeyPatch

    async def run(self, *arguments: str, url: str | None) -> Outcome:
        """Run the command to its end."""
        self.environment.chdir(self.folder)
        if url is None:
            self.environment.delenv("NATS_URL", raising=False)
        else:
            self.environment.setenv("NATS_URL", url)
        return await asyncio.to_thread(self._run, arguments)

    def _run(self, arguments: Sequence[str]) -> Outcome:
        output, errors = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8") for _ in range(2))
        with redirect_stdout(output), redirect_stderr(errors):
            try:
                status = self.main(arguments)
            except SystemExit as ended:
                status = int(ended.code or 0)
        return Outcome(status, _text(output), _text(errors))


def _text(stream: io.TextIOWrapper) -> str:
    stream.seek(0)
    return stream.read()
