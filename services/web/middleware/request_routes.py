"""Names a request's route by its template, so that no client can invent labels."""

from collections.abc import Iterator, Sequence
from typing import Final

from starlette.routing import BaseRoute, Mount, Route
from starlette.types import Scope

from services.web.metrics import OTHER

MOUNT_SUFFIX: Final = "/{path}"


class RouteNames:
    """The templates of an application's routes."""

    def __init__(self, routes: Sequence[BaseRoute]) -> None:
        # By id, because routes compare by value.
        self._templates = dict(_templates(routes))

    def of(self, scope: Scope) -> str:
        """Return the template of the route that answered; `OTHER` if there was none.

        The router has put the innermost route into the scope.
        """
        return self._templates.get(id(scope.get("route")), OTHER)


def _templates(routes: Sequence[BaseRoute], prefix: str = "") -> Iterator[tuple[int, str]]:
    for route in routes:
        if isinstance(route, Mount):
            path = prefix + route.path_format.removesuffix(MOUNT_SUFFIX)
            yield id(route), path
            yield from _templates(route.routes, path)
        elif isinstance(route, Route):
            yield id(route), prefix + route.path_format
