"""Services behind the proxy, which finds them by their names."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.support.caddy import Caddy, running_caddy
from tests.support.names import Names, serving_names

NOBODY = "127.0.0.1:9"


@dataclass(frozen=True, slots=True)
class Proxied:
    """A proxy, and the names by which it finds web and realtime."""

    caddy: Caddy
    names: Names

    @property
    def address(self) -> str:
        """The proxy's own `host:port`."""
        return self.caddy.address


@asynccontextmanager
async def proxied(
    folder: Path, *, web: str = NOBODY, realtime: str = NOBODY, **settings: str
) -> AsyncIterator[Proxied]:
    """Run the proxy before the services at these addresses; `settings` as of `running_caddy`."""
    (web_host, web_port), (realtime_host, realtime_port) = web.split(":"), realtime.split(":")
    async with serving_names({"web": [web_host], "realtime": [realtime_host]}) as names:
        told = {
            "PROXY_WEB": "web.",
            "PROXY_WEB_PORT": web_port,
            "PROXY_REALTIME": "realtime.",
            "PROXY_REALTIME_PORT": realtime_port,
            "PROXY_DNS": f"resolvers {names.address}",
            **settings,
        }
        with running_caddy(folder, **told) as caddy:
            yield Proxied(caddy, names)
