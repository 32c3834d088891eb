"""One line in the log for every request."""

import time
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.shared.health import PROBES
from services.shared.logging import get_logger
from services.shared.metrics import METRICS_PATH
from services.web.middleware.base_path import own_path

QUIET: Final = PROBES | {METRICS_PATH}

log = get_logger("web.request")


class RequestLog:
    """ASGI middleware that logs method, path, status and duration once the answer has ended."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or own_path(scope) in QUIET:
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        status = 500

        async def watch(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, watch)
        finally:
            log.info(
                "request",
                method=scope["method"],
                path=scope["path"],
                status=status,
                ms=round((time.perf_counter() - started) * 1000, 1),
            )
