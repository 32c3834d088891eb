"""Refuses forms that a page of another site sends."""

from typing import Final

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from services.web.errors import ForeignPageError

SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})


class SameOrigin:
    """ASGI middleware against cross-site request forgery.

    Every browser sends where a request comes from, in `Sec-Fetch-Site` (Fetch Metadata) or at least
    in `Origin`. A client that sends neither is not a browser and has no one's login.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] not in SAFE_METHODS:
            headers = Headers(scope=scope)
            if not _is_from_here(headers):
                raise ForeignPageError
        await self._app(scope, receive, send)


def _is_from_here(headers: Headers) -> bool:
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site in {"same-origin", "none"}
    origin = headers.get("origin")
    return origin is None or origin.partition("://")[2] == headers.get("host")
