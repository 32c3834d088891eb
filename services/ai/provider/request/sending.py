"""Sends a request through the SDK, and decides when to send it again."""

import asyncio
import random
from contextlib import AsyncExitStack
from typing import Any, Final

import httpx2
import openai

from services.ai.provider.refusals.faults import Fault
from services.ai.provider.request.dialect import Request

PARAMETERS: Final = frozenset(
    {
        "max_completion_tokens",
        "max_tokens",
        "reasoning_effort",
        "stream_options",
        "temperature",
        "top_p",
    }
)
"""The members of a request that the SDK has a parameter for."""
MOST_RETRIES: Final = 2
FIRST_PAUSE: Final = 0.5
LONGEST_PAUSE: Final = 8.0
LONGEST_OBEYED: Final = 20.0
"""Seconds; to wait longer is for the reader to decide."""

_random: Final = random.SystemRandom()


async def send(
    client: openai.AsyncOpenAI, request: Request, stack: AsyncExitStack, patience: float
) -> httpx2.Response:
    """Return the response, unread, once its head is there; leaving `stack` closes it.

    Raises what the SDK and the client below it raise, and TimeoutError where the whole head, and
    the body of a refusal, take longer than `patience` seconds.
    """
    members = request.members
    known: dict[str, Any] = {name: members[name] for name in PARAMETERS & members.keys()}
    others = {name: value for name, value in members.items() if name not in PARAMETERS}
    streaming = client.chat.completions.with_streaming_response.create(
        model=request.model,
        # The SDK would check and copy each of them: 180 ms for a chat of 1,000.
        messages=(),
        stream=True,
        extra_body={"messages": request.messages, **others},
        **known,
    )
    async with asyncio.timeout(patience):
        answer = await stack.enter_async_context(streaming)
    response: httpx2.Response = answer.http_response
    return response


def pause_before_retry(fault: Fault, retries: int) -> float | None:
    """Return how many seconds to wait before the next try, or None for no further try.

    By default the pause is random, from 0 to a bound that doubles ("full jitter"). A wait that the
    endpoint asks for is obeyed, up to 20 seconds, with a little added. The first time that the
    connection ended before the answer there is no pause: endpoints close idle connections.
    """
    if not fault.is_transient or retries >= MOST_RETRIES:
        return None
    if fault.is_disconnect and not retries:
        return 0.0
    wait = fault.error.retry_after
    if wait is None:
        return _random.uniform(0, min(LONGEST_PAUSE, FIRST_PAUSE * 2**retries))
    if wait > LONGEST_OBEYED:
        return None
    return wait + _random.uniform(0, min(wait, 1.0) / 4)
