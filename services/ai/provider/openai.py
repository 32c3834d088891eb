"""Streams chat completions from any OpenAI-compatible endpoint through the openai SDK."""

from collections.abc import AsyncGenerator, AsyncIterator, Iterable
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from typing import Final, cast

import openai
from openai.types.chat import ChatCompletionChunk, ChatCompletionMessageParam
from openai.types.chat.chat_completion_chunk import ChoiceDelta

from services.ai.provider.errors import EndpointError, classify
from services.ai.settings import AiSettings
from services.shared.messages import Turn

NO_KEY = "none"
"""Sent where none is set: the SDK wants one, local endpoints ignore it."""

LONGEST_NAME: Final = 200
LARGEST_COUNT: Final = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Piece:
    """What one chunk of the stream adds; fields that it does not carry are empty."""

    text: str = ""
    model: str | None = None
    finish_reason: str | None = None
    prompt_tokens: int | None = None
    completion_tokens: int | None = None


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
        except openai.OpenAIError as error:
            raise EndpointError(classify(error)) from error
        async with stream, aclosing(_pieces(stream)) as pieces:
            yield pieces

    async def _model_name(self) -> str:
        if self._model is None:
            async for model in self._client.models.list():
                self._model = model.id
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
            yield _piece(chunk)
    except (openai.OpenAIError, ValueError, TypeError, AttributeError) as error:
        raise EndpointError(classify(error)) from error


def _piece(chunk: ChatCompletionChunk) -> Piece:
    """Read a chunk without trust: the SDK does not check that it is what its types promise."""
    choice = chunk.choices[0] if chunk.choices else None
    delta: ChoiceDelta | None = choice.delta if choice else None
    return Piece(
        text=_text(delta.content if delta else None) or "",
        model=_name(chunk.model),
        finish_reason=_name(choice.finish_reason if choice else None),
        prompt_tokens=_count(chunk.usage.prompt_tokens if chunk.usage else None),
        completion_tokens=_count(chunk.usage.completion_tokens if chunk.usage else None),
    )


def _text(value: object) -> str | None:
    """Take a string; half of a surrogate pair, which JSON can carry, cannot be sent on."""
    return value.encode(errors="replace").decode() if isinstance(value, str) else None


def _name(value: object) -> str | None:
    text = _text(value)
    return text[:LONGEST_NAME] if text else None


def _count(value: object) -> int | None:
    return value if isinstance(value, int) and 0 <= value <= LARGEST_COUNT else None
