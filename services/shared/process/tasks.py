"""Background loops that are restarted when they fail."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from services.shared.process.logging import get_logger

FIRST_PAUSE = 0.2
LONGEST_PAUSE = 10.0

log = get_logger("tasks")

type Loop = Callable[[], Awaitable[None]]


@asynccontextmanager
async def background(**loops: Loop) -> AsyncIterator[None]:
    """Run each loop beside the body; on leaving, cancel them and wait until they have ended."""
    async with asyncio.TaskGroup() as group:
        tasks = [
            group.create_task(supervise(name, loop), name=name) for name, loop in loops.items()
        ]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()


async def supervise(name: str, loop: Loop) -> None:
    """Run `loop` for ever: log what it raises, and start it again after a pause.

    The pause doubles from 0.2 to 10 seconds; after a run of over 10 seconds it is 0.2 again.
    """
    clock = asyncio.get_running_loop().time
    pause = FIRST_PAUSE
    while True:
        started = clock()
        try:
            await loop()
        except Exception:
            log.exception("background_loop_failed", loop=name)
        if clock() - started > LONGEST_PAUSE:
            pause = FIRST_PAUSE
        await asyncio.sleep(pause)
        pause = min(pause * 2, LONGEST_PAUSE)
