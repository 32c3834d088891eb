"""`/live` and `/ready`, from named checks."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

CHECK_SECONDS = 2.0
PROBES: Final = frozenset({"/live", "/ready"})

type Check[S: Mapping[str, Any]] = Callable[[Request[S]], Awaitable[None]]


def health_routes[S: Mapping[str, Any]](checks: Mapping[str, Check[S]]) -> list[Route]:
    """Answer `/live` with 200 always; `/ready` with 200, or with 503 if a check raises."""

    async def live(_request: Request[S]) -> Response:
        return JSONResponse({"status": "live"})

    async def ready(request: Request[S]) -> Response:
        outcomes = await asyncio.gather(*(_run(check, request) for check in checks.values()))
        states = dict(zip(checks, outcomes, strict=True))
        healthy = all(state == "ok" for state in outcomes)
        return JSONResponse(states, status_code=200 if healthy else 503)

    return [Route("/live", live), Route("/ready", ready)]


async def _run[S: Mapping[str, Any]](check: Check[S], request: Request[S]) -> str:
    try:
        async with asyncio.timeout(CHECK_SECONDS):
            await check(request)
    except Exception as error:  # noqa: BLE001 - whatever a check raises means "not ready"
        return type(error).__name__
    return "ok"
