"""An endpoint that writes one long answer at a steady pace, whatever it is asked."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from services.demo.tokens import pace
from tests.support.scripted import DONE, LISTED, STOP, chunk
from tests.support.servers import serving


@dataclass(slots=True)
class _Writer:
    tokens: Sequence[str]
    rate: float

    async def answer(self, _: Request) -> Response:
        tokens, self.tokens = self.tokens, ("A", " long", " answer")
        return StreamingResponse(self._written(tokens), media_type="text/event-stream")

    async def _written(self, tokens: Sequence[str]) -> AsyncIterator[bytes]:
        async for some in pace(tokens, self.rate):
            yield b"".join(map(chunk, some))
        yield STOP + DONE


async def _models(_: Request) -> Response:
    return JSONResponse(LISTED)


@asynccontextmanager
async def writing(tokens: Sequence[str], rate: float) -> AsyncIterator[str]:
    """Serve it until the body ends and give its address; only the first answer is the long one."""
    writer = _Writer(tokens, rate)
    routes = [
        Route("/v1/models", _models),
        Route("/v1/chat/completions", writer.answer, methods=["POST"]),
    ]
    async with serving(Starlette(routes=routes)) as address:
        yield f"http://{address}/v1"
