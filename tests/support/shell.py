"""The `natter` command, run as anybody runs it: in a process of its own, from any folder."""

import asyncio
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.waiting import DEADLINE_SECONDS

COMMANDS = {
    "natter": (str(Path(sys.executable).parent / "natter"),),
    "module": (sys.executable, "-m", "services.realtime"),
}
# Each needs half a second of a core to begin: more at once would only wait for each other.
AT_ONCE = asyncio.Semaphore(2)


@dataclass(frozen=True, slots=True)
class Outcome:
    """The exit status of a command, and its output."""

    status: int | None
    output: str
    errors: str


@dataclass(frozen=True, slots=True)
class Running:
    """A command that goes on."""

    process: Process

    async def next_lines(self, count: int) -> list[str]:
        """Return the next `count` lines of its output."""
        assert self.process.stdout is not None
        async with asyncio.timeout(DEADLINE_SECONDS):
            read = [await self.process.stdout.readline() for _ in range(count)]
        assert all(read), "the command has ended"
        return [line.decode().removesuffix("\n") for line in read]

    async def next_remark(self) -> str:
        """Return the next line of what it says to a person."""
        assert self.process.stderr is not None
        async with asyncio.timeout(DEADLINE_SECONDS):
            return (await self.process.stderr.readline()).decode().removesuffix("\n")

    async def interrupt(self) -> Outcome:
        """Press Ctrl+C, and return what was not yet read."""
        self.process.send_signal(signal.SIGINT)
        return await self.end()

    async def end(self) -> Outcome:
        """Wait for its end."""
        async with asyncio.timeout(DEADLINE_SECONDS):
            output, errors = await self.process.communicate()
        return Outcome(self.process.returncode, output.decode(), errors.decode())


@dataclass(frozen=True, slots=True)
class Shell:
    """An empty folder, and an environment with nothing in it but the address of the bus."""

    folder: Path
    command: tuple[str, ...]

    async def run(
        self, *arguments: str | bytes, url: str | None, typed: bytes | None = None
    ) -> Outcome:
        """Run a command to its end."""
        async with AT_ONCE, asyncio.timeout(DEADLINE_SECONDS):
            process = await self._start(arguments, url)
            output, errors = await process.communicate(typed)
        return Outcome(process.returncode, output.decode(), errors.decode())

    @asynccontextmanager
    async def running(
        self, *arguments: str, url: str | None, stdout: int = PIPE
    ) -> AsyncIterator[Running]:
        """Run a command for as long as the body does, at most; `stdout` is a descriptor."""
        process = await self._start(arguments, url, stdout)
        try:
            yield Running(process)
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()

    async def _start(
        self, arguments: tuple[str | bytes, ...], url: str | None, stdout: int = PIPE
    ) -> Process:
        return await asyncio.create_subprocess_exec(
            *self.command,
            *arguments,
            cwd=self.folder,
            env={"NATS_URL": url} if url is not None else {},
            stdin=PIPE,
            stdout=stdout,
            stderr=PIPE,
            limit=4 * 1024 * 1024,
            preexec_fn=heed_ctrl_c,
        )


def heed_ctrl_c() -> None:
    # Where a shell runs the tests in the background, what they start would ignore it like them.
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@pytest.fixture(params=COMMANDS)
def shell(tmp_path: Path, request: pytest.FixtureRequest) -> Shell:
    """The command in each of the ways it can be called."""
    return Shell(tmp_path, COMMANDS[request.param])


@pytest.fixture
def natter(tmp_path: Path) -> Shell:
    """The command as it is installed."""
    return Shell(tmp_path, COMMANDS["natter"])
