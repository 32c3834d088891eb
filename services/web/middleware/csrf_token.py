"""Asks old browsers for the token that the forms of a session carry."""

import hmac
from typing import Any, Final

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.web.csrf import CSRF_FIELD
from services.web.errors import AppError, CsrfTokenError
from services.web.forms import read_fields
from services.web.middleware.same_origin import SAFE_METHODS
from services.web.session_cookie import csrf_token, session_token

CSRF_HEADER: Final = "x-csrf-token"


class CsrfToken:
    """ASGI middleware for clients that have a session and do not say where a form comes from.

    They send the session's token, as the field `csrf_token` or in the header `X-CSRF-Token`. The
    application gets the body as if nobody had read it; `BodyLimit`, outside of this, bounds it.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] not in SAFE_METHODS:
            request = Request[Any](scope, receive)
            session = _session_of_old_client(request)
            if session is not None:
                receive = await _check(request, csrf_token(session))
        await self._app(scope, receive, send)


def _session_of_old_client(request: Request[Any]) -> str | None:
    says_from_where = {"sec-fetch-site", "origin"} & set(request.headers)
    return None if says_from_where else session_token(request)


async def _check(request: Request[Any], expected: str) -> Receive:
    """Return where to read the body again; raises `CsrfTokenError`."""
    sent = request.headers.get(CSRF_HEADER)
    if sent is None:
        body = await request.body()
        sent = await _token_in_form(Request(request.scope, _replay(body, request.receive)))
        receive = _replay(body, request.receive)
    else:
        receive = request.receive
    if not hmac.compare_digest(sent.encode(), expected.encode()):
        raise CsrfTokenError
    return receive


async def _token_in_form(request: Request[Any]) -> str:
    try:
        return (await read_fields(request)).get(CSRF_FIELD, "")
    except AppError:
        return ""


def _replay(body: bytes, receive: Receive) -> Receive:
    """Give a body that has been read once more, and then what else comes."""
    messages: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replay() -> Message:
        return messages.pop() if messages else await receive()

    return replay
