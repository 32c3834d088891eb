"""Hands out tokens at a rate, against the clock, so that no error adds up."""

import asyncio
from collections.abc import AsyncIterator, Sequence

# Shorter sleeps cost more than they smooth: above 200 tokens a second several share one.
SHORTEST_SLEEP_SECONDS = 0.005
UNPACED_BATCH = 32


def pace(tokens: Sequence[str], per_second: float) -> AsyncIterator[Sequence[str]]:
    """Yield `tokens` in order, in batches, `per_second` of them a second; 0 is unpaced."""
    return _timed(tokens, per_second) if per_second else _unpaced(tokens)


async def _timed(tokens: Sequence[str], per_second: float) -> AsyncIterator[Sequence[str]]:
    now = asyncio.get_running_loop().time
    start, sent = now(), 0
    while sent < len(tokens):
        await asyncio.sleep(max(start + sent / per_second - now(), SHORTEST_SLEEP_SECONDS))
        due = int((now() - start) * per_second) + 1
        if due > sent:
            yield tokens[sent:due]
            sent = due


async def _unpaced(tokens: Sequence[str]) -> AsyncIterator[Sequence[str]]:
    for first in range(0, len(tokens), UNPACED_BATCH):
        # Without this the loop would not learn that the client has gone.
        await asyncio.sleep(0)
        yield tokens[first : first + UNPACED_BATCH]
