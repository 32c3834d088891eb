"""Waits for a condition, however long that takes on a busy machine."""

import asyncio
import subprocess
import time
from collections.abc import Awaitable, Callable

DEADLINE_SECONDS = 300
"""The only clock of the tests, so that one that hangs ends with a message: slow is not wrong."""
LOOK_AGAIN_SECONDS = 0.02


async def passed(seconds: float) -> None:
    """Let time pass where time itself is what is tested, such as how long an outage lasts."""
    await asyncio.sleep(seconds)


async def until[T](look: Callable[[], Awaitable[T]], *, seconds: float = DEADLINE_SECONDS) -> T:
    """Call `look` until what it returns is true, and return that; fail after `seconds`."""
    clock = asyncio.get_running_loop().time
    deadline = clock() + seconds
    while not (found := await look()):
        if clock() > deadline:
            raise AssertionError(f"still {found!r} after {seconds} seconds")
        await asyncio.sleep(LOOK_AGAIN_SECONDS)
    return found


def until_ready[T](
    process: subprocess.Popen[bytes], look: Callable[[], T | None], said: Callable[[], str]
) -> T:
    """Call `look` until what it returns is true; fail with what was `said` once `process` ends."""
    deadline = time.monotonic() + DEADLINE_SECONDS
    while True:
        has_ended = process.poll() is not None
        if found := look():
            return found
        assert not has_ended, f"it ended with {process.returncode}:\n{said()}"
        assert time.monotonic() < deadline, f"nothing came of it:\n{said()}"
        time.sleep(LOOK_AGAIN_SECONDS)
