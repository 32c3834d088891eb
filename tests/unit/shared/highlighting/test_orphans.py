"""A process whose service was killed ends by itself, whatever it does."""

import asyncio
import sys
from asyncio.subprocess import PIPE

import pytest

from tests.support.hanging_code import HANGING
from tests.support.highlighting import is_running
from tests.support.waiting import until

SERVICE = """
import asyncio, sys
from services.shared.highlighting.code import Code
from services.shared.highlighting.highlighter import Highlighter
from tests.support.highlighting import children

async def main() -> None:
    highlighter = Highlighter()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(highlighter.run())
        await highlighter.colours([Code("python", "x = 1")], 60)
        print(*children(), flush=True)
        code = sys.stdin.readline()
        tasks.create_task(highlighter.colours([Code("bash", code)], 60))
        await asyncio.sleep(0.05)
        print("asked", flush=True)
        await asyncio.sleep(3600)

asyncio.run(main())
"""


@pytest.mark.parametrize("code", ["", HANGING["bash"]], ids=["idle", "busy"])
async def test_it_ends_when_its_service_is_killed(code: str) -> None:
    service = await asyncio.create_subprocess_exec(
        sys.executable, "-c", SERVICE, stdin=PIPE, stdout=PIPE
    )
    assert service.stdin
    assert service.stdout
    child = int(await service.stdout.readline())
    service.stdin.write(f"{code}\n".encode())
    assert await service.stdout.readline() == b"asked\n"
    service.kill()
    await service.wait()

    async def is_gone() -> bool:
        return not is_running(child)

    await until(is_gone)
