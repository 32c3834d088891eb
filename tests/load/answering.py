"""How a child process takes orders: a line of JSON in, a line of JSON out, until its input ends."""

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from typing import Any, Final

# An order to a loader may name ten thousand groups.
_LINE_BYTES: Final = 16 * 1024 * 1024

type Order = dict[str, Any]  # JSON, as it comes
type Answer = dict[str, Any]


async def answer_orders(carry_out: Callable[[Order], Awaitable[Answer]]) -> None:
    """Say that we are ready, then carry out each order and tell what came of it."""
    reader = asyncio.StreamReader(limit=_LINE_BYTES)
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    say({"ready": True})
    while line := await reader.readline():
        say(await carry_out(json.loads(line)))


def say(answer: Answer) -> None:
    """Write one answer."""
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()
