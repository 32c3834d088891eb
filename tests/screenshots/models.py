"""The models of the pictures: two connections, and behind each the demo's answers."""

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Final

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from services.demo.schema import read_chat_request
from services.demo.scripted_answer import plan, stream_events
from services.demo.settings import DemoSettings
from tests.support.servers import serving

_CONNECTIONS: Final = {
    "home": ("llama3.2", "qwen3:8b", "gemma3:12b", "mistral-small", "deepseek-r1:14b"),
    "openai": ("gpt-5-mini", "gpt-5", "gpt-5-nano"),
}
_DEMO: Final = DemoSettings(tokens_per_second=60)


@asynccontextmanager
async def serving_models() -> AsyncIterator[dict[str, str]]:
    """Serve them until the body ends and give the variables that connect a stack to them."""
    routes = [
        route
        for name, models in _CONNECTIONS.items()
        for route in (
            _listing(name, models),
            Route(f"/{name}/v1/chat/completions", _answer, methods=["POST"]),
        )
    ]
    async with serving(Starlette(routes=routes)) as address:
        connections = {name: {"base_url": f"http://{address}/{name}/v1"} for name in _CONNECTIONS}
        yield {
            "NATTER_AI_CONNECTIONS": json.dumps(connections),
            "NATTER_AI_DEFAULT_CONNECTION": next(iter(_CONNECTIONS)),
        }


def _listing(name: str, models: Sequence[str]) -> Route:
    async def listed(_: Request) -> Response:
        data = [{"id": model, "object": "model", "owned_by": name} for model in models]
        return JSONResponse({"object": "list", "data": data})

    return Route(f"/{name}/v1/models", listed)


async def _answer(request: Request) -> Response:
    """Answer as the demo does, whatever the model."""
    answer = plan(read_chat_request(await request.body()), _DEMO)
    return StreamingResponse(stream_events(answer), media_type="text/event-stream")
