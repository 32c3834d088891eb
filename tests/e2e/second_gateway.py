"""One more gateway of a running stack: a process that can die without taking the stack down."""

import asyncio
import sys
from asyncio.subprocess import DEVNULL, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx2

from deploy.local.services import ROOT
from deploy.local.settings import LOOPBACK
from tests.support.http import http_client
from tests.support.local_stack import LocalStack
from tests.support.waiting import until


@dataclass
class SecondGateway:
    """It may be killed, and started again on the same port."""

    port: int
    environment: dict[str, str]
    process: Process | None = None

    async def start(self) -> None:
        """Start it and wait until it takes connections."""
        self.process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "services.realtime"),
            cwd=ROOT,
            env=self.environment,
            stdout=DEVNULL,
            stderr=DEVNULL,
        )
        await until(self._is_ready)

    async def kill(self) -> None:
        """End it at once, without a word to its pages."""
        await self._end("kill")

    async def stop(self) -> None:
        """Ask it to end, and wait: it sends its pages away first."""
        await self._end("terminate")

    async def _end(self, how: str) -> None:
        if self.process and self.process.returncode is None:
            getattr(self.process, how)()
            await self.process.wait()

    async def _is_ready(self) -> bool:
        try:
            async with http_client() as client:
                return (await client.get(f"http://{LOOPBACK}:{self.port}/ready")).is_success
        except httpx2.TransportError:
            return False


@asynccontextmanager
async def second_gateway(stack: LocalStack, port: int) -> AsyncIterator[SecondGateway]:
    """Run a gateway like the stack's own on `port`, until the body ends."""
    environment = stack.environment_of("realtime") | {"NATTER_REALTIME_PORT": str(port)}
    gateway = SecondGateway(port, environment)
    await gateway.start()
    try:
        yield gateway
    finally:
        await gateway.kill()
