"""Waiting for something to become true, with a deadline instead of a guess."""

import asyncio
from collections.abc import Awaitable, Callable

DEADLINE_SECONDS = 15.0
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
