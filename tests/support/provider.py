"""Asking endpoints through the provider alone, without the service around it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from pydantic import SecretStr

from services.ai.provider.asking import Ask
from services.ai.provider.chunks import Piece
from services.ai.provider.connection import Connection
from services.ai.provider.connections import open_connections
from services.ai.provider.errors import EndpointError
from services.ai.provider.settings import ConnectionSettings, Timeouts
from services.shared.bus.messages import Turn
from tests.support.scripted import Reply, ScriptedEndpoint, running_script

KEY = "sk-key-of-the-test"
HEADER = "header-of-the-test"
MODEL = "some-model"
QUESTION = Ask(turns=(Turn(role="user", content="Hello"),))


@dataclass(slots=True)
class Got:
    """The result of an ask."""

    pieces: list[Piece] = field(default_factory=list)
    error: EndpointError | None = None

    @property
    def text(self) -> str:
        return "".join(piece.text for piece in self.pieces)

    @property
    def reasoning(self) -> str:
        """The reasoning, with the text that turned out to be some."""
        reasoning, text = "", ""
        for piece in self.pieces:
            if piece.recast:
                reasoning, text = reasoning + text, ""
            reasoning += piece.reasoning
            text += piece.text
        return reasoning

    @property
    def answer(self) -> str:
        """The text, without what turned out to be reasoning."""
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
    """Settings of a connection to `base_url`, with a key and a model unless `more` says other."""
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
    """Open a connection to whatever there is."""
    named = {"default": settings_for(base_url, **settings)}
    opened = open_connections(named, default="default", timeouts=timeouts or Timeouts())
    async with opened as connections:
        yield connections.get(None)


async def ask(connection: Connection, question: Ask = QUESTION) -> Got:
    """Ask and take the answer to its end."""
    got = Got()
    try:
        async with connection.answer(question) as pieces:
            async for piece in pieces:
                got.pieces.append(piece)
    except EndpointError as error:
        got.error = error
    return got


async def ask_scripted(reply: Reply) -> Got:
    """Ask an endpoint that has this one reply."""
    async with connected(ScriptedEndpoint(reply)) as connection:
        return await ask(connection)


async def stream(*parts: bytes) -> Got:
    """Ask an endpoint that streams these parts."""
    return await ask_scripted(Reply(parts))
