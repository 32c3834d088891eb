"""The step before a service's shutdown."""

import asyncio
import re
import signal
import sys
from asyncio.subprocess import PIPE, STDOUT, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from services.shared.process.serving import BROKEN_OFF, STARTUP_FAILURE
from tests.architecture.project import ROOT
from tests.support.rude_client import answer_to
from tests.support.servers import serving
from tests.support.waiting import DEADLINE_SECONDS

REQUEST = b"GET /hello HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
PRELUDE = """
import asyncio
from contextlib import asynccontextmanager
from starlette.applications import Starlette
from services.shared.process.serving import serve, serving_config
"""
SERVICE = f"""
{PRELUDE}
import logging

async def step(state):
    print("step", flush=True)
    try:
        await asyncio.sleep(600)
    finally:
        print("cut short", flush=True)

logging.basicConfig(level="INFO")
serve(serving_config(Starlette()), before_shutdown=step)
"""
LIFESPAN = f"""
{PRELUDE}
async def fail():
    await asyncio.sleep(0.1)
    raise LookupError("a fault of ours")

@asynccontextmanager
async def lifespan(app):
    BODY

serve(serving_config(Starlette(lifespan=lifespan)))
"""
BREAKS = LIFESPAN.replace(
    "BODY", "async with asyncio.TaskGroup() as tasks: tasks.create_task(fail()); yield"
)
WAITS = LIFESPAN.replace("BODY", "print('waits', flush=True); await asyncio.Event().wait(); yield")
FAILS = LIFESPAN.replace("BODY", "raise LookupError('nothing to hold'); yield")


async def hello(_request: Request) -> Response:
    return PlainTextResponse("hello")


@asynccontextmanager
async def lifespan(_app: Starlette) -> AsyncIterator[dict[str, str]]:
    yield {"name": "Ada"}


async def test_the_step_gets_the_state_and_connections_are_still_taken() -> None:
    seen: list[object] = []

    async def step(state: dict[str, Any]) -> None:
        seen.append(state["name"])
        seen.append((await answer_to(address, REQUEST))[-5:])

    app = Starlette(routes=[Route("/hello", hello)], lifespan=lifespan)
    async with serving(app, before_shutdown=step) as address:
        pass
    assert seen == ["Ada", "hello"]
    with pytest.raises(ConnectionRefusedError):
        await answer_to(address, REQUEST)


async def test_a_step_that_fails_is_logged_and_the_shutdown_goes_on(
    capsys: pytest.CaptureFixture[str],
) -> None:
    async def step(_state: dict[str, Any]) -> None:
        raise ValueError("no step is perfect")

    async with serving(Starlette(), before_shutdown=step) as address:
        pass
    assert "no step is perfect" in capsys.readouterr().out
    with pytest.raises(ConnectionRefusedError):
        await answer_to(address, REQUEST)


async def test_a_second_signal_cuts_the_step_short() -> None:
    for second in (signal.SIGTERM, signal.SIGINT):
        async with running(SERVICE) as (service, line):
            address = address_in(line)
            assert (await answer_to(address, REQUEST)).startswith("HTTP/1.1 404 ")
            service.send_signal(signal.SIGTERM)
            await line_with(service, "step")
            assert (await answer_to(address, REQUEST)).startswith("HTTP/1.1 404 ")
            service.send_signal(second)
            await line_with(service, "cut short")
            async with asyncio.timeout(DEADLINE_SECONDS):
                assert await service.wait() == -signal.SIGTERM


async def test_a_launcher_that_passes_a_terminals_interrupt_on_cuts_nothing_short() -> None:
    """The terminal sends SIGINT to all its processes, and the launcher then SIGTERM to each."""
    async with running(SERVICE) as (service, line):
        service.send_signal(signal.SIGINT)
        await line_with(service, "step")
        service.send_signal(signal.SIGTERM)
        assert (await answer_to(address_in(line), REQUEST)).startswith("HTTP/1.1 404 ")
        assert service.returncode is None
        service.send_signal(signal.SIGINT)
        await line_with(service, "cut short")
        async with asyncio.timeout(DEADLINE_SECONDS):
            assert await service.wait() == -signal.SIGINT


async def test_a_service_whose_lifespan_fails_ends() -> None:
    """Otherwise it would be alive and do nothing, and nothing would restart it."""
    service = await asyncio.create_subprocess_exec(
        sys.executable, "-c", BREAKS, cwd=ROOT, stdout=PIPE, stderr=STDOUT
    )
    async with asyncio.timeout(DEADLINE_SECONDS):
        output, _ = await service.communicate()
    assert service.returncode == BROKEN_OFF
    assert b"broken_off" in output
    assert b"a fault of ours" in output


async def test_a_service_ends_by_the_signal_that_ended_it() -> None:
    program = SERVICE.replace("sleep(600)", "sleep(0)")
    for number in (signal.SIGINT, signal.SIGTERM):
        async with running(program) as (service, _line):
            service.send_signal(number)
            async with asyncio.timeout(DEADLINE_SECONDS):
                output, _ = await service.communicate()
        assert service.returncode == -number
        assert b"cut short" in output
        assert b"Application shutdown complete" in output
        assert b"Traceback" not in output


async def test_a_service_that_still_starts_ends_at_once() -> None:
    async with running(WAITS, "waits") as (service, _line):
        service.send_signal(signal.SIGTERM)
        async with asyncio.timeout(DEADLINE_SECONDS):
            assert await service.wait() == -signal.SIGTERM


async def test_a_service_that_cannot_start_says_so_with_its_status() -> None:
    async with running(FAILS, "nothing to hold") as (service, _line):
        async with asyncio.timeout(DEADLINE_SECONDS):
            assert await service.wait() == STARTUP_FAILURE


@asynccontextmanager
async def running(program: str, mark: str = "running on") -> AsyncIterator[tuple[Process, str]]:
    """Run a service in a process; yield it with the log line that contains `mark`."""
    service = await asyncio.create_subprocess_exec(
        sys.executable, "-c", program, cwd=ROOT, stdout=PIPE, stderr=STDOUT
    )
    try:
        yield service, await line_with(service, mark)
    finally:
        if service.returncode is None:
            service.kill()
            await service.wait()


def address_in(line: str) -> str:
    found = re.search(r"127\.0\.0\.1:\d+", line)
    assert found
    return found[0]


async def line_with(service: Process, text: str) -> str:
    assert service.stdout
    async with asyncio.timeout(DEADLINE_SECONDS):
        async for line in service.stdout:
            if text in line.decode():
                return line.decode()
    raise AssertionError(f"the service ended without a word of {text!r}")
