"""Publishes on time."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from tests.load.answering import Answer
from tests.load.schedule import Schedule, arrivals, group_name

type Publish = Callable[[str], Awaitable[None]]


async def publish_on_time(schedule: dict[str, Any], publish: Publish) -> Answer:
    """Call `publish` with the group's name at each moment of `schedule`, or as soon as it can."""
    clock = asyncio.get_running_loop().time
    began = clock()
    for moment, number in arrivals(Schedule(**schedule)):
        wait = began + moment - clock()
        if wait > 0:
            await asyncio.sleep(wait)
        await publish(group_name(number))
    return {"seconds": clock() - began}
