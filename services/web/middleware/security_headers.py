"""Tells browsers and caches, with every response, what they may do with it."""

from collections.abc import Sequence
from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

# A year. Without `includeSubDomains`: names below this one are not Natter's.
STRICT_TRANSPORT_SECURITY: Final = "max-age=31536000"
# What no page of Natter asks for.
PERMISSIONS_POLICY: Final = "camera=(), display-capture=(), geolocation=(), microphone=(), usb=()"
NOT_KEPT: Final = "no-store"


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
    """ASGI middleware that adds the headers to every HTTP response.

    No cache keeps a response that does not allow it; and if one does all the same, not for a person
    with another cookie.
    """

    def __init__(self, app: ASGIApp, policy: str) -> None:
        self._app = app
        self._headers = {
            "content-security-policy": policy,
            "x-content-type-options": "nosniff",
            "referrer-policy": "same-origin",
            "cross-origin-opener-policy": "same-origin",
            "cross-origin-resource-policy": "same-origin",
            "permissions-policy": PERMISSIONS_POLICY,
            "cache-control": NOT_KEPT,
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def add_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
                if NOT_KEPT in headers["cache-control"]:
                    headers.add_vary_header("cookie")
                if _is_over_tls(scope):
                    headers.setdefault("strict-transport-security", STRICT_TRANSPORT_SECURITY)
            await send(message)

        await self._app(scope, receive, add_headers if scope["type"] == "http" else send)


def _is_over_tls(scope: Scope) -> bool:
    """Return whether TLS can be asked for from now on (RFC 6797, section 7.2).

    Not of `localhost`: the policy would be for all its ports, so for other programs as well.
    """
    host = Headers(scope=scope).get("host", "").partition(":")[0].lower()
    return scope["scheme"] == "https" and host != "localhost"
