"""The real applications of the services, as far as their addresses go: nothing is connected."""

from collections.abc import Iterable, Iterator
from functools import cache
from typing import Final

from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.routing import BaseRoute, Mount, Route, WebSocketRoute

from services.ai.app import create_app as ai
from services.ai.settings import AiSettings
from services.demo.app import create_app as demo
from services.demo.settings import DemoSettings
from services.realtime.app import create_app as realtime
from services.realtime.settings import RealtimeSettings
from services.shared.process.settings import ServiceSettings
from services.web.app import create_app as web
from services.web.settings import WebSettings

SETTINGS: Final[dict[str, type[ServiceSettings]]] = {
    "web": WebSettings,
    "realtime": RealtimeSettings,
    "ai": AiSettings,
    "demo": DemoSettings,
}
NOBODY: Final = SecretStr("nats://nobody")
_KEYS: Final = (SecretStr("k" * 32),)


@cache
def applications() -> dict[str, Starlette]:
    """Build each service's application."""
    to_nobody = WebSettings(nats_url=NOBODY, database_url=NOBODY, stream_keys=_KEYS)
    return {
        "web": web(to_nobody),
        "realtime": realtime(RealtimeSettings(nats_url=NOBODY, stream_keys=_KEYS)),
        "ai": ai(AiSettings(nats_url=NOBODY, openai_base_url="http://127.0.0.1/v1")),
        "demo": demo(DemoSettings()),
    }


def addresses(service: str) -> list[str]:
    """Return the path of each route of a service, with its placeholders filled."""
    return sorted({filled(path) for path in _paths(applications()[service].routes)})


def port_of(service: str) -> int:
    """Return the port that a service listens on by default."""
    port: int = SETTINGS[service].model_fields["port"].default
    return port


def filled(template: str) -> str:
    """Put an example in the place of each placeholder of a route."""
    path = template
    while "{" in path:
        before, _, rest = path.partition("{")
        path = f"{before}7{rest.partition('}')[2]}"
    return path


def _paths(routes: Iterable[BaseRoute], above: str = "") -> Iterator[str]:
    for route in routes:
        match route:
            case Mount():
                inner = list(_paths(route.routes, above + route.path))
                yield from inner or [f"{above}{route.path}/file"]
            case Route() | WebSocketRoute():
                yield above + route.path
            case _:
                raise AssertionError(f"{route} has no path")
