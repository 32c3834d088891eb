"""The models of the pictures: two connections, and behind each the demo's answers."""

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Final

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route

from services.demo.app import create_app
from services.demo.settings import DemoSettings
from tests.support.servers import serving

_CONNECTIONS: Final = {
    "home": ("llama3.2", "qwen3:8b", "gemma3:12b", "mistral-small", "deepseek-r1:14b"),
    "openai": ("gpt-5-mini", "gpt-5", "gpt-5-nano"),
}
_TOKENS_PER_SECOND: Final = 60


@asynccontextmanager
async def serving_models() -> AsyncIterator[dict[str, str]]:
    """Serve them until the body ends and give the variables that connect a stack to them."""
    demo = create_app(DemoSettings(tokens_per_second=_TOKENS_PER_SECOND))
    routes = [
        route
        for name, models in _CONNECTIONS.items()
        for route in (_listing(name, models), Mount(f"/{name}", demo))
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
