"""Asks an endpoint through the SDK: in its own parameters, where it has any."""

import asyncio
from contextlib import AsyncExitStack
from typing import Any, Final

import httpx2
import openai

from services.ai.provider.dialect import Request

PARAMETERS: Final = frozenset(
    {"max_completion_tokens", "max_tokens", "reasoning_effort", "stream_options", "temperature"}
)


async def send(
    client: openai.AsyncOpenAI, request: Request, stack: AsyncExitStack, patience: float
) -> httpx2.Response:
    """Return the response, unread, once its head is there; leaving `stack` closes it.

    Raises whatever the SDK and what is below it raise; TimeoutError where the whole head, and the
    body of a refusal, take longer than `patience` seconds.
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
