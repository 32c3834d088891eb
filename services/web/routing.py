"""Controllers on plain Starlette: routes below a path, behind guards."""

import re
from collections.abc import Awaitable, Callable, Sequence
from typing import ClassVar, override

from markupsafe import Markup
from starlette.convertors import Convertor, register_url_convertor
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Mount
from starlette.types import ASGIApp, Receive, Scope, Send

from services.shared.pages.turbo import MEDIA_TYPE
from services.web.state import State

type Guard = Callable[[Request[State]], Awaitable[None]]
"""Returns to let a request pass; raises an `AppError` to refuse it."""


class IdConvertor(Convertor[int]):
    """`{name:id}`: a positive number that fits PostgreSQL's bigint, without leading zeros."""

    regex: ClassVar[str] = "[1-9][0-9]{0,17}"

    @override
    def convert(self, value: str) -> int:
        """Read the number."""
        return int(value)

    @override
    def to_string(self, value: int) -> str:
        """Write the number."""
        return str(value)


register_url_convertor("id", IdConvertor())


def asked_id(request: Request[State], name: str) -> int | None:
    """Read the id that the query of the address gives as `name`; None for anything else."""
    return parse_id(request.query_params.get(name, ""))


def parse_id(text: str) -> int | None:
    """Read a text from outside as an id; None for anything else."""
    return int(text) if re.fullmatch(IdConvertor.regex, text) else None


def controller(path: str, *, routes: Sequence[BaseRoute], guards: Sequence[Guard]) -> Mount:
    """Mount `routes` below `path`; all guards run, in order, before a route is looked up.

    So a refused client does not learn which paths exist, and every method gets the same refusal.
    The pattern is Litestar's ("Layered architecture", "Guards").
    """
    return Mount(path, routes=routes, middleware=[Middleware(Guarded, guards=tuple(guards))])


def see_other(request: Request[State], path: str, *parts: str | int) -> RedirectResponse:
    """Redirect to a path of web with GET (RFC 9110, "303 See Other")."""
    return RedirectResponse(request.state["templates"].url(path, *parts), status_code=303)


def is_turbo(request: Request[State]) -> bool:
    """Return whether the client reads Turbo Streams."""
    return MEDIA_TYPE in request.headers.get("accept", "")


def streams(html: Markup) -> Response:
    """Answer Turbo with Turbo Streams."""
    return Response(html, media_type=MEDIA_TYPE, headers={"vary": "accept"})


def streams_or_chat(request: Request[State], html: Markup) -> Response:
    """Answer a change of the chat: Turbo gets streams, a plain browser a redirect to its page."""
    if is_turbo(request):
        return streams(html)
    return see_other(request, "/chat/{}/message/list/", request.state["chat"].id)


class Guarded:
    """ASGI middleware that runs guards before its application."""

    def __init__(self, app: ASGIApp, guards: Sequence[Guard]) -> None:
        self._app = app
        self._guards = guards

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request: Request[State] = Request(scope, receive)
        for guard in self._guards:
            await guard(request)
        await self._app(scope, receive, send)
