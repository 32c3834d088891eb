"""Streams chat completions from any OpenAI-compatible endpoint through the openai SDK."""

from collections.abc import AsyncGenerator, AsyncIterator, Iterable
from contextlib import aclosing, asynccontextmanager
from typing import Final, cast

import openai
from openai.types.chat import ChatCompletionChunk, ChatCompletionMessageParam

from services.ai.provider.chunks import Piece, read_chunk
from services.ai.provider.errors import EndpointError, classify
from services.ai.settings import AiSettings
from services.shared.messages import Turn

NO_KEY: Final = "none"
"""Sent where none is set: the SDK wants one, local endpoints ignore it."""

# What comes of reading an answer that is not of the shape the SDK's types promise.
UNREADABLE: Final = (ValueError, TypeError, AttributeError, LookupError, RecursionError)


class Endpoint:
    """One endpoint and the model asked for there."""

    def __init__(self, client: openai.AsyncOpenAI, model: str | None) -> None:
        self._client = client
        self._model = model

    @asynccontextmanager
    async def answer(self, turns: Iterable[Turn]) -> AsyncIterator[AsyncIterator[Piece]]:
        """Ask for the next message after `turns` and give the stream of its pieces.

        Leaving the context closes the connection, which is what stops the model: leaving the loop
        alone does not. Whatever goes wrong, inside or before, is raised as `EndpointError`.
        """
        messages = [
            cast("ChatCompletionMessageParam", {"role": turn.role, "content": turn.content})
            for turn in turns
        ]
        try:
            stream = await self._client.chat.completions.create(
                model=await self._model_name(),
                messages=messages,
                stream=True,
                stream_options={"include_usage": True},
            )
        except (openai.OpenAIError, *UNREADABLE) as error:
            raise EndpointError(classify(error)) from error
        async with stream, aclosing(_pieces(stream)) as pieces:
            yield pieces

    async def _model_name(self) -> str:
        if self._model is None:
            async for model in self._client.models.list():
                self._model = str(model.id)
                break
            else:
                raise EndpointError("model_missing")
        return self._model


@asynccontextmanager
async def open_endpoint(settings: AiSettings) -> AsyncIterator[Endpoint]:
    """Open the connection pool to the endpoint of `settings`."""
    key = settings.openai_api_key.get_secret_value() if settings.openai_api_key else NO_KEY
    timeout = openai.Timeout(settings.idle_seconds, connect=settings.connect_seconds)
    async with openai.AsyncOpenAI(
        api_key=key, base_url=settings.openai_base_url, timeout=timeout
    ) as client:
        yield Endpoint(client, settings.openai_model)


async def _pieces(stream: openai.AsyncStream[ChatCompletionChunk]) -> AsyncGenerator[Piece]:
    try:
        async for chunk in stream:
            yield read_chunk(chunk)
    except (openai.OpenAIError, *UNREADABLE) as error:
        raise EndpointError(classify(error)) from error
