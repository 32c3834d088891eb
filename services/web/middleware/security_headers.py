"""Adds security headers to every response."""

from collections.abc import Sequence

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send


def content_security_policy(connect: Sequence[str], styles: Sequence[str] = ()) -> str:
    """Return the policy of every page: only this site's own files, and streams from `connect`.

    There is no nonce: Turbo would copy it to scripts that arrive in a stream. `styles` are hashes
    of style elements that a library writes (CSP level 3, section 6.7.3). Images come from other
    sites when a reader asks for them, or from blobs that the page's script makes of images in a
    text; no `data:` URL in a page's HTML is loaded.
    """
    return "; ".join(
        [
            "default-src 'none'",
            "script-src 'self'",
            " ".join(["style-src 'self'", *styles]),
            "img-src 'self' https: blob:",
            " ".join(["connect-src 'self'", *connect]),
            "manifest-src 'self'",
            "form-action 'self'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
        ]
    )


class SecurityHeaders:
    """ASGI middleware that adds the headers to every HTTP response."""

    def __init__(self, app: ASGIApp, policy: str) -> None:
        self._app = app
        self._headers = {
            "content-security-policy": policy,
            "x-content-type-options": "nosniff",
            "referrer-policy": "same-origin",
            "cross-origin-opener-policy": "same-origin",
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def add_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, add_headers if scope["type"] == "http" else send)
