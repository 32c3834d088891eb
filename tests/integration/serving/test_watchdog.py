"""The watchdog: it ends a process that is blocked, says where, and ends no other."""

import asyncio
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx2
import pytest

from tests.architecture.project import ROOT
from tests.support.ports import free_port
from tests.support.waiting import passed, until

SECONDS = 60
CPU_SECONDS = 0.4
SECRET = "words-of-a-chat"
SERVICE = f"""
import asyncio, re, sys, time
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from services.shared.process.serving import serve, serving_config

def endless():
    re.match(r"(a+)+$", "a" * 64 + {SECRET!r})

async def stick(request):
    endless()

async def stick_in_a_thread(request):
    await asyncio.to_thread(endless)

async def work(request):
    end = time.process_time() + {3 * CPU_SECONDS}
    while time.process_time() < end:
        sum(range(100_000))
        await asyncio.sleep(0)
    return PlainTextResponse("done")

paths = {{"/stick": stick, "/thread": stick_in_a_thread, "/work": work}}
app = Starlette(routes=[Route(*one) for one in paths.items()])
serve(serving_config(app, port=int(sys.argv[1])), stall_seconds={CPU_SECONDS})
"""


@asynccontextmanager
async def service() -> AsyncIterator[tuple[Process, httpx2.AsyncClient]]:
    """Run one in a process of its own; yield it and a client."""
    port = free_port()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", SERVICE, str(port), stdout=PIPE, stderr=PIPE, cwd=ROOT
    )
    try:
        async with httpx2.AsyncClient(
            base_url=f"http://127.0.0.1:{port}", timeout=SECONDS
        ) as client:

            async def is_up() -> bool:
                try:
                    return (await client.get("/")).status_code == 404
                except httpx2.TransportError:
                    return False

            await until(is_up, seconds=SECONDS)
            yield process, client
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def test_a_blocked_process_ends_and_says_where() -> None:
    for path in ("/stick", "/thread"):
        async with service() as (process, client):
            with pytest.raises(httpx2.TransportError):
                await client.get(path)
            async with asyncio.timeout(SECONDS):
                _, errors = await process.communicate()
        assert process.returncode == -signal.SIGPROF, path
        assert " in endless\n" in errors.decode()
        assert SECRET not in errors.decode()


async def test_a_process_that_works_hard_or_was_suspended_runs_until_it_is_ended() -> None:
    async with service() as (process, client):
        process.send_signal(signal.SIGSTOP)
        await passed(1.5 * CPU_SECONDS)
        process.send_signal(signal.SIGCONT)
        assert (await client.get("/work")).text == "done"
        process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(SECONDS):
            _, errors = await process.communicate()
    assert process.returncode == -signal.SIGTERM
    assert errors == b""
