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

from services.shared.serving import BROKEN_OFF
from tests.architecture.project import ROOT
from tests.support.rude_client import answer_to
from tests.support.servers import serving
from tests.support.waiting import DEADLINE_SECONDS

REQUEST = b"GET /hello HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
SERVICE = """
import asyncio, logging
from starlette.applications import Starlette
from services.shared.serving import serve

async def step(state):
    print("step", flush=True)
    try:
        await asyncio.sleep(600)
    finally:
        print("cut short", flush=True)

logging.basicConfig(level="INFO")
serve(Starlette(), host="127.0.0.1", port=0, before_shutdown=step)
"""

BREAKS = """
import asyncio
from contextlib import asynccontextmanager
from starlette.applications import Starlette
from services.shared.serving import serve

async def fail():
    await asyncio.sleep(0.2)
    raise LookupError("a fault of ours")

@asynccontextmanager
async def lifespan(app):
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(fail())
        yield

serve(Starlette(lifespan=lifespan), host="127.0.0.1", port=0)
"""


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


async def test_a_second_interrupt_cuts_the_step_short() -> None:
    async with running() as (service, address):
        assert (await answer_to(address, REQUEST)).startswith("HTTP/1.1 404 ")
        service.send_signal(signal.SIGTERM)
        await line_with(service, "step")
        assert (await answer_to(address, REQUEST)).startswith("HTTP/1.1 404 ")
        service.send_signal(signal.SIGINT)
        await line_with(service, "cut short")
        async with asyncio.timeout(DEADLINE_SECONDS):
            assert await service.wait() != 0


async def test_a_service_that_has_lost_what_it_holds_ends() -> None:
    """It would be alive and do nothing: so it can be started again."""
    service = await asyncio.create_subprocess_exec(
        sys.executable, "-c", BREAKS, cwd=ROOT, stdout=PIPE, stderr=STDOUT
    )
    async with asyncio.timeout(DEADLINE_SECONDS):
        output, _ = await service.communicate()
    assert service.returncode == BROKEN_OFF
    assert b"broken_off" in output
    assert b"a fault of ours" in output


@asynccontextmanager
async def running() -> AsyncIterator[tuple[Process, str]]:
    """Run a service of its own and give its address."""
    service = await asyncio.create_subprocess_exec(
        sys.executable, "-c", SERVICE, cwd=ROOT, stdout=PIPE, stderr=STDOUT
    )
    try:
        found = re.search(r"127\.0\.0\.1:\d+", await line_with(service, "running on"))
        assert found
        yield service, found[0]
    finally:
        if service.returncode is None:
            service.kill()
            await service.wait()


async def line_with(service: Process, text: str) -> str:
    assert service.stdout
    async with asyncio.timeout(DEADLINE_SECONDS):
        async for line in service.stdout:
            if text in line.decode():
                return line.decode()
    raise AssertionError(f"the service ended without a word of {text!r}")
