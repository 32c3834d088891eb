"""curl as a person runs it: a program that prints what comes."""

import asyncio
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from tests.support.waiting import DEADLINE_SECONDS


@dataclass
class Curl:
    """A running curl, and what it has printed so far."""

    process: Process
    printed: str = ""
    _bytes: bytearray = field(default_factory=bytearray)

    async def until(self, text: str) -> str:
        """Wait until it has printed `text`; return everything so far."""
        async with asyncio.timeout(DEADLINE_SECONDS):
            while text not in self.printed:
                assert await self._read(), f"it ended without {text!r}:\n{self.printed}"
        return self.printed

    async def to_end(self) -> str:
        """Wait until it has ended in good order; return everything."""
        async with asyncio.timeout(DEADLINE_SECONDS):
            while await self._read():
                pass
            assert await self.process.wait() == 0
        return self.printed

    async def _read(self) -> bool:
        assert self.process.stdout is not None
        piece = await self.process.stdout.read(65536)
        self._bytes += piece
        self.printed = self._bytes.decode(errors="replace")
        return bool(piece)


@asynccontextmanager
async def curl(*arguments: str) -> AsyncIterator[Curl]:
    """Run `curl -N`; kill it on leaving if it still runs."""
    command = ("curl", "--silent", "--show-error", "--no-buffer", "--noproxy", "*", *arguments)
    process = await asyncio.create_subprocess_exec(*command, stdin=DEVNULL, stdout=PIPE)
    try:
        yield Curl(process)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
