"""An endpoint that sends exactly the given bytes, however wrong they are."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route
from uvicorn import Config
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

from tests.support.waiting import DEADLINE_SECONDS

LISTED = {"object": "list", "data": [{"id": "scripted", "object": "model"}]}
DONE = b"data: [DONE]\n\n"


def event(data: bytes) -> bytes:
    """Frame `data` as a server-sent event."""
    return b"data: " + data + b"\n\n"


def chunk(content: str | None = None, *, finish_reason: str | None = None) -> bytes:
    """Write a chunk of a stream, as OpenAI does."""
    return delta({} if content is None else {"content": content}, finish_reason=finish_reason)


def delta(members: object, *, finish_reason: str | None = None, **more: object) -> bytes:
    """Write a chunk whose delta has these members, and more members beside its choices."""
    choice = {"index": 0, "delta": members, "finish_reason": finish_reason}
    head = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "scripted"}
    return event(json.dumps({**head, "choices": [choice], **more}).encode())


def choice(**members: object) -> bytes:
    """Write a chunk whose only choice has these members, and no others."""
    return event(json.dumps({"choices": [members]}).encode())


def message(content: object, **members: object) -> bytes:
    """Write a chunk that has a whole message in the place of a delta."""
    return choice(message={"role": "assistant", "content": content}, **members)


STOP = chunk(finish_reason="stop")


class CutError(Exception):
    """Raised to end a connection in the middle of a body."""


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer: the parts of its body, and what happens to the connection after them."""

    parts: Sequence[bytes] = ()
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    media_type: str = "text/event-stream"
    repeats: bytes = b""
    """Sent over and over after the parts, until the client has gone."""
    stalls: bool = False
    """Nothing more is sent, and the connection is kept."""
    cuts: bool = False
    """The connection is closed where more was promised."""


def refusal(status: int, body: object, **headers: str) -> Reply:
    """Refuse with `body`, JSON unless it is bytes."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply((data,), status, named, "application/json")


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as the endpoint got it."""

    path: str
    query: str
    headers: Mapping[str, str]
    # The body is whatever JSON the client sends.
    body: Any = None


class ScriptedEndpoint:
    """Gives these replies one after the other, then the last again, and keeps all requests.

    A request for a model in `models` gets the reply of that model instead. `pages` has the bodies
    of GET requests by their path; `/v1/models` is one of them.
    """

    def __init__(
        self,
        *replies: Reply,
        pages: Mapping[str, object] | None = None,
        models: Mapping[str, Reply] = MappingProxyType({}),
    ) -> None:
        self._replies = list(replies) or [Reply((chunk("Hello"), STOP, DONE))]
        self._models = models
        self.pages = {"/v1/models": LISTED, **(pages or {})}
        self.asked: list[Asked] = []
        self.fetched: list[Asked] = []
        self.left = asyncio.Event()
        """Set when a client has left in the middle of an answer."""

    def application(self) -> Starlette:
        """Build the endpoint."""
        return Starlette(
            routes=[
                Route("/{path:path}", self._answer, methods=["POST"]),
                Route("/{path:path}", self._fetch, methods=["GET"]),
            ]
        )

    async def _answer(self, request: Request) -> Response:
        self.asked.append(asked := _asked(request, await request.json()))
        reply = self._replies[min(len(self.asked), len(self._replies)) - 1]
        return self._respond(self._models.get(asked.body["model"], reply))

    async def _fetch(self, request: Request) -> Response:
        self.fetched.append(_asked(request, None))
        page = self.pages.get(request.url.path)
        match page:
            case None:
                return JSONResponse({"detail": "Not Found"}, 404)
            case Reply():
                return self._respond(page)
            case bytes():
                return Response(page, media_type="application/json")
            case _:
                return JSONResponse(page)

    def _respond(self, reply: Reply) -> Response:
        return StreamingResponse(
            self._body(reply), reply.status, dict(reply.headers), reply.media_type
        )

    async def _body(self, reply: Reply) -> AsyncIterator[bytes]:
        try:
            for part in reply.parts:
                yield part
            if reply.cuts:
                raise CutError
            while reply.repeats:
                yield reply.repeats
                await asyncio.sleep(0)
            if reply.stalls:
                await asyncio.Event().wait()
        except (asyncio.CancelledError, GeneratorExit):
            self.left.set()
            raise


def _asked(request: Request, body: object) -> Asked:
    return Asked(request.url.path, request.url.query, dict(request.headers), body)


class RawEndpoint:
    """Answers `/v1/chat/completions` with these bytes, and `/v1/models` with `models`.

    A question that is in `answers` gets the bytes it has there.
    """

    def __init__(
        self,
        *parts: bytes,
        media_type: str = "text/event-stream",
        models: object = LISTED,
        answers: Mapping[str, Sequence[bytes]] = MappingProxyType({}),
    ) -> None:
        self._parts = parts
        self._answers = answers
        self._media_type = media_type
        self._models = models

    def application(self) -> Starlette:
        """Build the endpoint."""
        return Starlette(
            routes=[
                Route("/v1/models", self._list),
                Route("/v1/chat/completions", self._answer, methods=["POST"]),
            ]
        )

    async def _list(self, _request: Request) -> Response:
        if isinstance(self._models, bytes):
            return Response(self._models, media_type="application/json")
        return JSONResponse(self._models)

    async def _answer(self, request: Request) -> Response:
        question = (await request.json())["messages"][-1]["content"]

        async def body() -> AsyncIterator[bytes]:
            for part in self._answers.get(question, self._parts):
                yield part

        return StreamingResponse(body(), media_type=self._media_type)


@asynccontextmanager
async def running_script(endpoint: RawEndpoint | ScriptedEndpoint) -> AsyncIterator[str]:
    """Run the endpoint and give its base URL; on leaving, all its connections end at once.

    It is served by uvicorn's protocol, without uvicorn's server: that takes 0.2 seconds to leave.
    """
    state = ServerState()
    config = Config(endpoint.application(), http="h11", ws="none", lifespan="off", log_config=None)
    config.timeout_keep_alive = DEADLINE_SECONDS

    def connected() -> H11Protocol:
        return H11Protocol(config, state, {})

    loop = asyncio.get_running_loop()
    async with await loop.create_server(connected, "127.0.0.1", 0) as server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
        server.close()
        for connection in list(state.connections):
            connection.transport.abort()
        if state.tasks:
            await asyncio.wait(state.tasks, timeout=DEADLINE_SECONDS)
