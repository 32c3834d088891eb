"""A service as a process of its own, which can be killed, frozen and brought back on its port."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import httpx2

from tests.support.gateways import ROOT
from tests.support.ports import free_port
from tests.support.waiting import DEADLINE_SECONDS, until

QUOTED_CHARACTERS: Final = 3000


@dataclass(slots=True)
class ServiceProcess:
    """`python -m <module>`, or `command`; what it says goes to `log`.

    The environment is complete.
    """

    module: str
    environment: Mapping[str, str]
    port: int
    log: Path
    ready_path: str = "/ready"
    process: subprocess.Popen[bytes] | None = None
    command: Sequence[str] = ()
    version: Path = ROOT
    """The folder in which its `services` are."""

    @property
    def address(self) -> str:
        """Its `host:port`."""
        return f"127.0.0.1:{self.port}"

    @property
    def origin(self) -> str:
        """Its address for plain HTTP."""
        return f"http://{self.address}"

    def begin(self) -> None:
        """Start it, and return before it is ready."""
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                self.command or [sys.executable, "-m", self.module],
                env={"PATH": os.defpath, **self.environment},
                cwd=self.version,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )

    def kill(self) -> None:
        """End it at once, wherever it is, and wait until it is gone."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    async def restart(self) -> None:
        """End it in order, and restart it, as an operator does to have files read again."""
        await self.end()
        self.begin()
        await self.until_ready()

    async def end(self, seconds: float = DEADLINE_SECONDS) -> None:
        """Ask it to end, and wait until it has; fails where that takes longer than it may."""
        self.terminate()
        if self.process is not None:
            await asyncio.to_thread(self.process.wait, seconds)

    def terminate(self) -> None:
        """Ask it to end."""
        self._signal(signal.SIGTERM)

    def freeze(self) -> None:
        """Stop it where it stands."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on after `freeze`."""
        self._signal(signal.SIGCONT)

    @property
    def is_frozen(self) -> bool:
        """Whether it is suspended (SIGSTOP)."""
        if self.process is None:
            return False
        ps = ["/bin/ps", "-o", "state=", "-p", str(self.process.pid)]
        return subprocess.run(ps, capture_output=True, check=True).stdout.startswith(b"T")

    async def until_ready(self) -> None:
        """Wait until it says that it is ready; fail where it has ended."""
        async with httpx2.AsyncClient(base_url=self.origin) as client:

            async def is_ready() -> bool:
                has_ended = self.process is None or self.process.poll() is not None
                assert not has_ended, f"{self.module} ended:\n{self.last_words()}"
                try:
                    return (await client.get(self.ready_path)).status_code == 200
                except httpx2.TransportError:
                    return False

            await until(is_ready)

    def last_words(self) -> str:
        """Quote the end of its log."""
        return self.log.read_text()[-QUOTED_CHARACTERS:]

    def _signal(self, number: signal.Signals) -> None:
        if self.process is not None:
            self.process.send_signal(number)


def service(
    name: str, environment: Mapping[str, str], folder: Path, *, ready_path: str = "/ready"
) -> ServiceProcess:
    """Describe `services.<name>` on a free port; `begin` starts it."""
    port = free_port()
    last = name.rpartition(".")[2].upper()
    variables = {f"NATTER_{last}_PORT": str(port), "NATTER_LOG_FORMAT": "json", **environment}
    log = folder / f"{name}-{port}.log"
    return ServiceProcess(f"services.{name}", variables, port, log, ready_path)


@asynccontextmanager
async def running(process: ServiceProcess) -> AsyncIterator[ServiceProcess]:
    """Run it until the body ends, through whatever lives it has meanwhile."""
    process.begin()
    try:
        await process.until_ready()
        yield process
    finally:
        process.kill()
