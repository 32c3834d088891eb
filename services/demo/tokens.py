"""What the demo model calls a token, about four characters, and how it sends them at a rate."""

import asyncio
import re
from collections.abc import AsyncIterator, Sequence

CHARACTERS_PER_TOKEN = 4
# Shorter sleeps cost more than they smooth: above 200 tokens a second several share one.
SHORTEST_SLEEP_SECONDS = 0.005
UNPACED_BATCH = 32

# Every character is white space, part of a word, or neither, so the pieces make up the whole text.
_PIECE = re.compile(r"\s?\w{1,8}|\s?[^\w\s]{1,4}|\s{1,16}")


def split_tokens(text: str) -> tuple[str, ...]:
    """Cut `text` into tokens ("Hello", " world") whose concatenation is exactly `text`."""
    return tuple(_PIECE.findall(text))


def estimate_tokens(text: str) -> int:
    """Estimate the tokens of `text` from its length alone, rounded up."""
    return -(-len(text) // CHARACTERS_PER_TOKEN)


def pace(tokens: Sequence[str], per_second: float) -> AsyncIterator[Sequence[str]]:
    """Yield `tokens` in batches, `per_second` of them a second; 0 is as fast as possible.

    The rate is kept by the clock, so that errors do not add up.
    """
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
        # Lets the loop notice that the client has gone.
        await asyncio.sleep(0)
        yield tokens[first : first + UNPACED_BATCH]
