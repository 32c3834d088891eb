"""Controllers on plain Starlette: routes below one path, behind guards that add up."""

from collections.abc import Awaitable, Callable, Sequence
from typing import ClassVar, override

from starlette.convertors import Convertor, register_url_convertor
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import RedirectResponse
from starlette.routing import BaseRoute, Mount
from starlette.types import ASGIApp, Receive, Scope, Send

from services.web.state import State

type Guard = Callable[[Request[State]], Awaitable[None]]
"""Lets a request pass by returning, or refuses it by raising an `AppError`."""


class IdConvertor(Convertor[int]):
    """`{name:id}`: a positive number that fits PostgreSQL's bigint, in its one spelling."""

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


def controller(path: str, *, routes: Sequence[BaseRoute], guards: Sequence[Guard]) -> Mount:
    """Put `routes` below `path`; every guard runs, in order, before a route is even looked for.

    So a stranger learns nothing of what is there, and every verb meets the same refusal. The
    pattern is Litestar's ("Layered architecture", "Guards").
    """
    return Mount(path, routes=routes, middleware=[Middleware(Guarded, guards=tuple(guards))])


def see_other(request: Request[State], path: str, *parts: str | int) -> RedirectResponse:
    """Lead on to a path of web's, to be read by GET (RFC 9110, "303 See Other")."""
    return RedirectResponse(request.state["templates"].url(path, *parts), status_code=303)


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
