"""Gateways as processes of their own, which can be ended, killed and stopped for a while."""

import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import httpx2
import psutil  # type: ignore[import-untyped]  # psutil ships no types

from tests.support.http import http_client
from tests.support.ports import free_port
from tests.support.tokens import SECRET
from tests.support.waiting import DEADLINE_SECONDS, until

ROOT: Final = Path(__file__).parent.parent.parent
MEGABYTE: Final = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Gateway:
    """A running `python -m services.realtime`; what it says goes to `log`."""

    process: subprocess.Popen[bytes]
    port: int
    log: Path

    @property
    def address(self) -> str:
        """Its `host:port`."""
        return f"127.0.0.1:{self.port}"

    def kill(self) -> None:
        """End it at once, without a chance to say a word."""
        self.process.kill()

    def terminate(self) -> None:
        """Ask it to end: it drains first."""
        self.process.terminate()

    def freeze(self) -> None:
        """Stop it where it stands."""
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on after `freeze`."""
        self.process.send_signal(signal.SIGCONT)

    def memory(self) -> float:
        """Return its resident memory in megabytes."""
        return float(psutil.Process(self.process.pid).memory_info().rss) / MEGABYTE

    async def until_ready(self, seconds: float = DEADLINE_SECONDS) -> None:
        """Wait until it says that it is ready."""
        await until(self.is_ready, seconds=seconds)

    async def until_ended(self, seconds: float = DEADLINE_SECONDS) -> int:
        """Wait until the process has ended and return its exit status."""

        async def has_ended() -> bool:
            return self.process.poll() is not None

        await until(has_ended, seconds=seconds)
        return self.process.returncode

    async def is_ready(self) -> bool:
        """Ask it whether it is ready; fail where it has ended."""
        if self.process.poll() is not None:
            raise AssertionError(f"a gateway ended:\n{self.log.read_text()[-2000:]}")
        async with http_client() as client:
            try:
                answer = await client.get(f"http://{self.address}/ready")
            except httpx2.TransportError:
                return False
        return answer.status_code == 200


@asynccontextmanager
async def running_gateway(
    nats_url: str, log: Path, settings: Mapping[str, object], *, port: int = 0
) -> AsyncIterator[Gateway]:
    """Run a gateway on 127.0.0.1 until the body ends; port 0 takes a free one.

    `settings` are fields of its settings class, such as `ping_seconds`, and their values.
    """
    gateway = start_gateway(nats_url, log, settings, port=port)
    try:
        await gateway.until_ready()
        yield gateway
    finally:
        gateway.thaw()
        gateway.kill()
        gateway.process.wait()


def start_gateway(
    nats_url: str, log: Path, settings: Mapping[str, object], *, port: int = 0
) -> Gateway:
    """Start a gateway and return at once; the caller ends it."""
    number = port or free_port()
    with log.open("ab") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "services.realtime"],
            env=environment(nats_url, {"port": number, **settings}),
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )
    return Gateway(process, number, log)


def environment(nats_url: str, settings: Mapping[str, object]) -> dict[str, str]:
    """Return the whole environment of a gateway with these settings."""
    named = {f"NATTER_REALTIME_{name.upper()}": str(value) for name, value in settings.items()}
    return {
        "PATH": os.defpath,
        "NATS_URL": nats_url,
        "NATTER_STREAM_KEYS": f'["{SECRET}"]',
        **named,
    }
