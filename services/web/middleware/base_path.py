"""Serves everything below a base path, whether or not the proxy in front strips it."""

from collections.abc import Sequence

from starlette.routing import BaseRoute, Match, Mount
from starlette.types import ASGIApp, Receive, Scope, Send


class BelowBasePath:
    """ASGI middleware that puts the application below `base_path` (ASGI, "root_path").

    A path that matches one of `routes` comes from a proxy that strips the base path. So does a path
    that matches none and does not begin with the base path.
    """

    def __init__(self, app: ASGIApp, base_path: str, routes: Sequence[BaseRoute]) -> None:
        self._app = app
        self._base_path = base_path
        self._routes = routes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            self._complete(scope)
        await self._app(scope, receive, send)

    def _complete(self, scope: Scope) -> None:
        base_path = self._base_path
        begins = f"{scope['path']}/".startswith(f"{base_path}/")
        if not begins or _is_routed(self._routes, scope):
            scope["path"] = base_path + scope["path"]
            scope["raw_path"] = base_path.encode() + scope["raw_path"]
        scope["root_path"] = base_path


def own_path(scope: Scope) -> str:
    """Return a request's path below the base path."""
    path: str = scope["path"]
    return path.removeprefix(scope.get("root_path", ""))


def _is_routed(routes: Sequence[BaseRoute], scope: Scope) -> bool:
    for route in routes:
        match, found = route.matches(scope)
        if match is not Match.NONE:
            below = route.routes if isinstance(route, Mount) else ()
            if not below or _is_routed(below, {**scope, **found}):
                return True
    return False
