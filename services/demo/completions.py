"""Answers `POST /v1/chat/completions`."""

from collections.abc import AsyncIterator
from contextlib import suppress
from typing import override

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Send

from services.demo.errors import Refusal, RefusedError
from services.demo.generation import DroppedError, plan, stream_events, write_whole
from services.demo.models import require_model
from services.demo.schema import read_chat_request
from services.demo.settings import DemoSettings
from services.demo.tally import Tally

LARGEST_BODY_BYTES = 4 * 1024 * 1024


async def complete(request: Request, settings: DemoSettings, tally: Tally) -> Response:
    """Answer one chat completion request, streamed or whole; raise RefusedError."""
    asked = read_chat_request(await _read_body(request))
    require_model(asked.model)
    generation = plan(asked, settings)
    if asked.stream:
        return GenerationResponse(stream_events(generation), tally, "text/event-stream")
    return GenerationResponse(write_whole(generation), tally, "application/json")


class GenerationResponse(StreamingResponse):
    """Sends a generation and counts it; Starlette cancels it when the client goes away."""

    def __init__(self, content: AsyncIterator[bytes], tally: Tally, media_type: str) -> None:
        super().__init__(content, media_type=media_type, headers={"Cache-Control": "no-cache"})
        self.tally = tally

    @override
    async def stream_response(self, send: Send) -> None:
        # A response left without its last part makes uvicorn close the connection.
        with self.tally.counted(), suppress(DroppedError):
            await super().stream_response(send)


async def _read_body(request: Request) -> bytes:
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > LARGEST_BODY_BYTES:
            message = f"The request is larger than {LARGEST_BODY_BYTES} bytes."
            raise RefusedError(Refusal(413, message, code="request_too_large"))
    return bytes(body)
