"""The cookie that names a session, and the token of forms that is derived from it."""

import hmac
import re
from typing import Any, Final

from starlette.requests import HTTPConnection
from starlette.responses import Response

from services.shared.process.hosts import is_loopback
from services.web.errors import PlainHttpError

# The prefix makes browsers refuse the cookie from other hosts, and from plain HTTP (RFC 6265bis,
# section 4.1.3.2).
SECURE_NAME: Final = "__Host-natter_session"
LOOPBACK_NAME: Final = "natter_session"
TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{43}")
"""32 random bytes in base64url, as `secrets.token_urlsafe(32)` returns them."""


def session_token(connection: HTTPConnection[Any]) -> str | None:
    """Return the session token that a request carries; None for anything that cannot be one.

    Over TLS only the secure cookie counts: another program on this host may have set the other.
    """
    token = connection.cookies.get(SECURE_NAME if _is_tls(connection) else LOOPBACK_NAME, "")
    return token if TOKEN.fullmatch(token) else None


def set_session_cookie(
    response: Response, connection: HTTPConnection[Any], token: str, *, seconds: int
) -> None:
    """Let the browser keep a session token for `seconds`; raises `PlainHttpError`."""
    name = _cookie_name(connection)
    response.set_cookie(
        name, token, max_age=seconds, secure=name == SECURE_NAME, httponly=True, samesite="lax"
    )


def delete_session_cookie(response: Response, connection: HTTPConnection[Any]) -> None:
    """Let the browser forget the session token."""
    name = SECURE_NAME if _is_tls(connection) else LOOPBACK_NAME
    response.delete_cookie(name, secure=name == SECURE_NAME, httponly=True, samesite="lax")


def require_private_connection(connection: HTTPConnection[Any]) -> None:
    """Raise `PlainHttpError` where a password could be read on its way."""
    _cookie_name(connection)


def csrf_token(token: str) -> str:
    """Derive the token that a session's forms carry (OWASP, "HMAC Based Token Pattern").

    It tells nothing about the session token, which is secret and as long as the hash.
    """
    return hmac.digest(token.encode(), b"csrf", "sha256").hex()


def _cookie_name(connection: HTTPConnection[Any]) -> str:
    if _is_tls(connection):
        return SECURE_NAME
    if is_loopback(connection.url.hostname or ""):
        return LOOPBACK_NAME
    raise PlainHttpError


def _is_tls(connection: HTTPConnection[Any]) -> bool:
    # A proxy says it in `X-Forwarded-Proto`, which uvicorn reads from trusted proxies alone.
    return connection.url.scheme == "https"
