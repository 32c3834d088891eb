"""Refuses requests that a page of another site sends."""

from typing import Final

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from services.web.errors import ForeignPageError

SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
DEFAULT_PORTS: Final = {"http": ":80", "https": ":443"}


class SameOrigin:
    """ASGI middleware against cross-site request forgery.

    Browsers tell where a request comes from, in `Sec-Fetch-Site` (Fetch Metadata), in `Origin`, or
    in both; no page can write either. For a client that sends neither there is `CsrfToken`.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] not in SAFE_METHODS:
            headers = Headers(scope=scope)
            if not _is_from_here(headers, scope["scheme"]):
                raise ForeignPageError
        await self._app(scope, receive, send)


def _is_from_here(headers: Headers, scheme: str) -> bool:
    match headers.getlist("sec-fetch-site"), headers.getlist("origin"):
        case ["same-origin"], ["null"]:
            # A proxy may have added `Referrer-Policy: no-referrer` to the page (Fetch, "append a
            # request `Origin` header"). An opaque origin, of a sandbox, is `cross-site`.
            return True
        case [] | ["same-origin" | "none"], []:
            return True
        case [] | ["same-origin" | "none"], [origin]:
            return _is_own(origin, headers.get("host", ""), scheme)
        case _:
            return False


def _is_own(origin: str, host: str, scheme: str) -> bool:
    """Return whether an `Origin` (RFC 6454, section 6.2) is that of a request for `host`.

    Over a connection without TLS either scheme passes: a proxy may have ended TLS and not say so.
    """
    of_page, _, authority = origin.partition("://")
    if of_page not in DEFAULT_PORTS or (scheme == "https" and of_page != "https"):
        return False
    return bool(authority) and authority == host.lower().removesuffix(DEFAULT_PORTS[of_page])
