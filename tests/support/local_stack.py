"""The stack of `make run`: the real launcher and all its processes, on free ports."""

import asyncio
import re
import signal
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil  # type: ignore[import-untyped]  # psutil ships no types
import pytest
import pytest_asyncio

from deploy.local.services import ROOT
from deploy.local.settings import LOOPBACK, inherited_environment
from tests.support.ports import free_port
from tests.support.waiting import DEADLINE_SECONDS, until

PARTS = ("WEB", "REALTIME", "AI", "DEMO", "NATS")
FOREIGN = ("OPENAI_", "NATTER_", "DATABASE_URL", "NATS_URL", "PG")


def free_ports() -> dict[str, int]:
    """Choose a free port for each part of a stack."""
    return {part: free_port() for part in PARTS}


@dataclass(frozen=True, slots=True)
class LocalStack:
    """A stack by its data folder and ports; it may be started, killed and started again."""

    data: Path
    settings: Mapping[str, str] = field(default_factory=dict)
    ports: Mapping[str, int] = field(default_factory=free_ports)

    @property
    def url(self) -> str:
        """Address of the pages, without a slash at the end."""
        return f"http://{LOOPBACK}:{self.ports['WEB']}"

    @property
    def log(self) -> Path:
        """The launcher's output since its last start."""
        return self.data.with_name(f"{self.data.name}.log")

    def environment(self) -> dict[str, str]:
        """Return this process's environment without any settings of Natter's, and ours."""
        own = {
            name: value
            for name, value in inherited_environment().items()
            if not name.startswith(FOREIGN)
        }
        ports = {f"NATTER_{part}_PORT": str(port) for part, port in self.ports.items()}
        return {**own, **ports, "NATTER_DATA_DIR": str(self.data), **self.settings}

    def environment_of(self, service: str) -> dict[str, str]:
        """Return the environment of the running process of `web`, `realtime` or `ai`."""
        port = str(self.ports[service.upper()])
        for process in psutil.Process().children(recursive=True):
            if process.cmdline()[-2:] == ["-m", f"services.{service}"]:
                environment: dict[str, str] = process.environ()
                if environment.get(f"NATTER_{service.upper()}_PORT") == port:
                    return environment
        raise AssertionError(f"the stack's {service} is not running")


@dataclass(frozen=True, slots=True)
class Launcher:
    """The running launcher of a stack."""

    stack: LocalStack
    process: Process

    def pid_of(self, service: str) -> int:
        """Return the process id of `web`, `realtime` or `ai`."""
        for child in psutil.Process(self.process.pid).children(recursive=True):
            if child.cmdline()[-2:] == ["-m", f"services.{service}"]:
                return int(child.pid)
        raise AssertionError(f"{service} is not among the launcher's processes")

    async def end(self) -> int:
        """Wait until the launcher has stopped everything; its exit status."""
        async with asyncio.timeout(DEADLINE_SECONDS):
            return await self.process.wait()


@asynccontextmanager
async def running(stack: LocalStack) -> AsyncIterator[Launcher]:
    """Start `stack`, wait for its banner, stop it with Ctrl+C's signal unless it has ended."""
    with stack.log.open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "deploy.local"),
            cwd=ROOT,
            env=stack.environment(),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    launcher = Launcher(stack, process)
    try:
        await _banner(launcher)
        yield launcher
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGINT)
            status = await launcher.end()
            assert status == 0, f"the launcher ended with {status}:\n{stack.log.read_text()}"


@pytest_asyncio.fixture(scope="package")
async def local_stack(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[LocalStack]:
    """One stack for all tests of a folder, whose demo model writes 150 tokens a second."""
    # The folder's name is the one where `natter publish` looks for the bus.
    stack = LocalStack(
        tmp_path_factory.mktemp("stack") / ".natter",
        {"NATTER_DEMO_TOKENS_PER_SECOND": "150", "NATTER_DEMO_FIRST_TOKEN_MS": "50"},
    )
    async with running(stack):
        yield stack
    log = stack.log.read_text()
    assert not re.search(r"Traceback|\[error |is killed$", log), log


async def _banner(launcher: Launcher) -> None:
    async def is_up_or_over() -> bool:
        is_up = f"Natter is up: {launcher.stack.url}" in launcher.stack.log.read_text()
        return is_up or launcher.process.returncode is not None

    try:
        await until(is_up_or_over)
        assert launcher.process.returncode is None, "the launcher ended"
    except AssertionError as error:
        log = launcher.stack.log.read_text()
        raise AssertionError(f"the stack did not come up ({error}); its log:\n{log}") from None
