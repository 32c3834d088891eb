"""A process that reads a streamed answer in one of several ways and reports its CPU time."""

import gc
import time
from collections.abc import Callable, Coroutine
from typing import Final

import openai
import uvloop

from services.ai.provider.ask import Ask
from services.ai.provider.connections import open_connections
from services.ai.provider.settings import ConnectionSettings, Timeouts
from services.shared.bus.messages import Turn
from tests.load.answering import Answer, Order, answer_orders

_QUESTION: Final = "Say it."
_MODEL: Final = "bench"


async def _read_ours(url: str) -> int:
    """Read through the provider; return the characters of the answer."""
    settings = {"bench": ConnectionSettings(base_url=url, model=_MODEL)}
    ask, characters = Ask(turns=(Turn(role="user", content=_QUESTION),)), 0
    async with open_connections(settings, default="bench", timeouts=Timeouts()) as connections:
        began = time.process_time()
        async with connections.get(None).answer(ask) as pieces:
            async for piece in pieces:
                characters += len(piece.text)
        _note(began)
    return characters


async def _read_typed(url: str) -> int:
    """Read the SDK's typed stream, as its manual shows."""
    characters = 0
    async with openai.AsyncOpenAI(api_key="none", base_url=url) as client:
        began = time.process_time()
        stream = await client.chat.completions.create(
            model=_MODEL,
            messages=[{"role": "user", "content": _QUESTION}],
            stream=True,
            stream_options={"include_usage": True},
        )
        async with stream:
            async for chunk in stream:
                for choice in chunk.choices:
                    characters += len(choice.delta.content or "")
        _note(began)
    return characters


async def _read_bytes(url: str) -> int:
    """Read the bytes alone: what the transport costs."""
    characters = 0
    async with openai.AsyncOpenAI(api_key="none", base_url=url) as client:
        began = time.process_time()
        async with client.chat.completions.with_streaming_response.create(
            model=_MODEL, messages=[{"role": "user", "content": _QUESTION}], stream=True
        ) as answer:
            async for data in answer.http_response.aiter_raw():
                characters += len(data)
        _note(began)
    return characters


_WAYS: Final[dict[str, Callable[[str], Coroutine[None, None, int]]]] = {
    "ours": _read_ours,
    "typed": _read_typed,
    "bytes": _read_bytes,
}
_spent: list[float] = []


def _note(began: float) -> None:
    _spent.append(time.process_time() - began)


async def _carry_out(order: Order) -> Answer:
    read = _WAYS[order["way"]]
    # The second time, whatever is done once only has been done.
    await read(order["url"])
    gc.collect()
    characters = await read(order["url"])
    return {"cpu": _spent[-1], "characters": characters}


if __name__ == "__main__":
    uvloop.run(answer_orders(_carry_out))
