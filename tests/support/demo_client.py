"""The demo endpoint in a thread, and the openai client that its tests ask it through."""

import json
import socket
import threading
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass

import pytest
import uvicorn
from openai import AsyncOpenAI, AsyncStream
from openai.types import CompletionUsage
from openai.types.chat import ChatCompletion, ChatCompletionChunk

from services.demo.app import create_app
from services.demo.settings import DemoSettings
from tests.support.waiting import DEADLINE_SECONDS, until

MODEL = "natter-demo"


@dataclass
class Streamed:
    """Everything that a client collects from one stream."""

    deltas: list[str]
    finish_reason: str | None = None
    usage: CompletionUsage | None = None

    @property
    def text(self) -> str:
        return "".join(self.deltas)


@pytest.fixture(scope="module")
def origin() -> Iterator[str]:
    """The origin of a demo endpoint in a thread of its own."""
    settings = DemoSettings(port=0, tokens_per_second=0, first_token_ms=0)
    config = uvicorn.Config(create_app(settings), log_config=None, access_log=False)
    server = uvicorn.Server(config)
    listener = socket.create_server(("127.0.0.1", 0))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    server.should_exit = True
    thread.join(DEADLINE_SECONDS)
    assert not thread.is_alive()


@pytest.fixture(scope="module")
async def client(origin: str) -> AsyncIterator[AsyncOpenAI]:
    """The openai client, which tries everything once."""
    async with AsyncOpenAI(base_url=f"{origin}/v1", api_key="any", max_retries=0) as client:
        yield client


async def whole(
    client: AsyncOpenAI, question: str, max_tokens: int | None = None
) -> ChatCompletion:
    return await client.chat.completions.create(
        model=MODEL, messages=[{"role": "user", "content": question}], max_tokens=max_tokens
    )


async def open_stream(client: AsyncOpenAI, question: str) -> AsyncStream[ChatCompletionChunk]:
    return await client.chat.completions.create(
        model=MODEL,
        messages=[{"role": "user", "content": question}],
        stream=True,
        stream_options={"include_usage": True},
    )


async def collect(stream: AsyncStream[ChatCompletionChunk], into: Streamed) -> Streamed:
    async with stream:
        async for chunk in stream:
            into.usage = chunk.usage or into.usage
            for choice in chunk.choices:
                into.deltas += [choice.delta.content] if choice.delta.content else []
                into.finish_reason = choice.finish_reason or into.finish_reason
    return into


async def streamed(client: AsyncOpenAI, question: str) -> Streamed:
    return await collect(await open_stream(client, question), Streamed([]))


async def stats(client: AsyncOpenAI, origin: str) -> dict[str, int]:
    raw = await client.get(f"{origin}/demo/stats", cast_to=str)
    figures = json.loads(raw)
    assert isinstance(figures, dict)
    return figures


async def wait_for(client: AsyncOpenAI, origin: str, name: str, expected: int) -> dict[str, int]:
    async def figures() -> dict[str, int] | None:
        told = await stats(client, origin)
        return told if told[name] == expected else None

    found = await until(figures)
    assert found is not None
    return found
