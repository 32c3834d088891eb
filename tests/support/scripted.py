"""An endpoint that sends exactly the bytes it was given, be they ever so wrong."""

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from types import MappingProxyType

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from tests.support.servers import serving

LISTED = {"object": "list", "data": [{"id": "scripted", "object": "model"}]}


def event(data: bytes) -> bytes:
    """Frame `data` as a server-sent event."""
    return b"data: " + data + b"\n\n"


def chunk(content: str | None = None, *, finish_reason: str | None = None) -> bytes:
    """Write a chunk of a stream, as OpenAI does."""
    delta = {} if content is None else {"content": content}
    choice = {"index": 0, "delta": delta, "finish_reason": finish_reason}
    head = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "scripted"}
    return event(json.dumps({**head, "choices": [choice]}).encode())


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
async def running_script(endpoint: RawEndpoint) -> AsyncIterator[str]:
    """Run the endpoint and give its base URL."""
    async with serving(endpoint.application()) as address:
        yield f"http://{address}/v1"
