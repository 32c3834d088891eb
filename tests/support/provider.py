"""Asking endpoints through the provider alone: over the network, or with the bytes at hand."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from typing import override

import httpx2
from pydantic import SecretStr

from services.ai.provider.ask import Ask
from services.ai.provider.connection import Connection
from services.ai.provider.connections import open_connections
from services.ai.provider.errors import EndpointError
from services.ai.provider.refusals.masking import Mask
from services.ai.provider.settings import ConnectionSettings, Timeouts
from services.ai.provider.stream.answer_stream import AnswerStream
from services.ai.provider.stream.chunks import ChunkReader
from services.ai.provider.stream.pieces import Piece
from services.shared.bus.answer_errors import ErrorClass
from services.shared.bus.messages import Turn
from tests.support.scripted import Reply, ScriptedEndpoint, running_script

KEY = "sk-key-of-the-test"
HEADER = "header-of-the-test"
MODEL = "some-model"
QUESTION = Ask(turns=(Turn(role="user", content="Hello"),))


@dataclass(slots=True)
class Got:
    """The pieces of an answer, or its error."""

    pieces: list[Piece] = field(default_factory=list)
    error: EndpointError | None = None

    async def take(self, pieces: AsyncIterator[Piece]) -> None:
        async for piece in pieces:
            self.pieces.append(piece)

    @contextmanager
    def errors(self) -> Iterator[None]:
        """Keep the error that ends the answer."""
        try:
            yield
        except EndpointError as error:
            self.error = error

    @property
    def error_class(self) -> ErrorClass | None:
        return None if self.error is None else self.error.error_class

    @property
    def text(self) -> str:
        return "".join(piece.text for piece in self.pieces)

    @property
    def reasoning(self) -> str:
        """The reasoning, with all text that turned out to be reasoning."""
        reasoning, text = "", ""
        for piece in self.pieces:
            if piece.recast:
                reasoning, text = reasoning + text, ""
            reasoning += piece.reasoning
            text += piece.text
        return reasoning

    @property
    def answer(self) -> str:
        """The text, without all that turned out to be reasoning."""
        last = max((n for n, piece in enumerate(self.pieces) if piece.recast), default=0)
        return "".join(piece.text for piece in self.pieces[last:])

    @property
    def finish_reason(self) -> str | None:
        return next((p.finish_reason for p in reversed(self.pieces) if p.finish_reason), None)

    @property
    def fault(self) -> EndpointError:
        assert self.error is not None, f"no error, but {self.pieces!r}"
        return self.error


def settings_for(base_url: str, **more: object) -> ConnectionSettings:
    """Settings of a connection to `base_url`, with a key and a model unless `more` has others."""
    chosen = {"api_key": SecretStr(KEY), "model": MODEL, **more}
    return ConnectionSettings.model_validate({"base_url": base_url, **chosen})


@asynccontextmanager
async def connected(
    script: ScriptedEndpoint, timeouts: Timeouts | None = None, **settings: object
) -> AsyncIterator[Connection]:
    """Run the endpoint and open a connection to it."""
    async with (
        running_script(script) as base_url,
        connected_to(base_url, timeouts, **settings) as connection,
    ):
        yield connection


@asynccontextmanager
async def connected_to(
    base_url: str, timeouts: Timeouts | None = None, **settings: object
) -> AsyncIterator[Connection]:
    """Open a connection to the endpoint at this address."""
    named = {"default": settings_for(base_url, **settings)}
    opened = open_connections(named, default="default", timeouts=timeouts or Timeouts())
    async with opened as connections:
        yield connections.get(None)


async def ask(connection: Connection, question: Ask = QUESTION) -> Got:
    """Ask and take the answer to its end."""
    got = Got()
    with got.errors():
        async with connection.answer(question) as pieces:
            await got.take(pieces)
    return got


async def ask_scripted(reply: Reply) -> Got:
    """Ask an endpoint that has this one reply."""
    async with connected(ScriptedEndpoint(reply)) as connection:
        return await ask(connection)


async def ask_each(replies: Mapping[str, Reply]) -> dict[str, Got]:
    """Ask one endpoint for each of these replies, which it gives by the names of models."""
    async with connected(ScriptedEndpoint(models=replies)) as connection:
        asking = (ask(connection, replace(QUESTION, model=name)) for name in replies)
        return dict(zip(replies, await asyncio.gather(*asking), strict=True))


async def stream(*parts: bytes) -> Got:
    """Read a response that consists of these parts, in this process."""
    response = httpx2.Response(200, stream=_Parts(parts))
    got = Got()
    with got.errors():
        await got.take(AnswerStream(response, ChunkReader(), Timeouts(), Mask(())).pieces())
    return got


class _Parts(httpx2.AsyncByteStream):
    def __init__(self, parts: Iterable[bytes]) -> None:
        self._parts = parts

    @override
    async def __aiter__(self) -> AsyncIterator[bytes]:
        for part in self._parts:
            yield part
