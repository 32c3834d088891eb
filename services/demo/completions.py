"""Answers `POST /v1/chat/completions`."""

from collections.abc import AsyncIterator
from contextlib import suppress
from typing import override

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Send

from services.demo.answer_count import AnswerCount
from services.demo.errors import ErrorAnswer, InvalidRequestError
from services.demo.models import require_model
from services.demo.schema import read_chat_request
from services.demo.scripted_answer import DroppedError, plan, stream_events, write_whole
from services.demo.settings import DemoSettings

LARGEST_BODY_BYTES = 4 * 1024 * 1024


async def complete(request: Request, settings: DemoSettings, count: AnswerCount) -> Response:
    """Answer one chat completion request, streamed or whole; raise InvalidRequestError."""
    asked = read_chat_request(await _read_body(request))
    require_model(asked.model)
    answer = plan(asked, settings)
    if asked.stream:
        return AnswerResponse(stream_events(answer), count, "text/event-stream")
    return AnswerResponse(write_whole(answer), count, "application/json")


class AnswerResponse(StreamingResponse):
    """Sends an answer and counts it; Starlette cancels it when the client goes away."""

    def __init__(self, content: AsyncIterator[bytes], count: AnswerCount, media_type: str) -> None:
        super().__init__(content, media_type=media_type, headers={"Cache-Control": "no-cache"})
        self.count = count

    @override
    async def stream_response(self, send: Send) -> None:
        # uvicorn closes the connection of a response without its last part.
        with self.count.counted(), suppress(DroppedError):
            await super().stream_response(send)


async def _read_body(request: Request) -> bytes:
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > LARGEST_BODY_BYTES:
            message = f"The request is larger than {LARGEST_BODY_BYTES} bytes."
            raise InvalidRequestError(ErrorAnswer(413, message, code="request_too_large"))
    return bytes(body)
