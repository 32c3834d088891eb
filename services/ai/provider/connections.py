"""Opens the connections to all endpoints, and gives them by their names."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager

from services.ai.provider.connection import Connection
from services.ai.provider.discovery.knowledge import Knowledge
from services.ai.provider.errors import EndpointError
from services.ai.provider.request.http_client import open_client
from services.ai.provider.settings import ConnectionSettings, Timeouts


class Connections:
    """All endpoints by their names."""

    def __init__(self, connections: Iterable[Connection], default: str) -> None:
        self._connections = {connection.name: connection for connection in connections}
        self._default = default

    @property
    def names(self) -> tuple[str, ...]:
        """The names, in the order of the settings."""
        return tuple(self._connections)

    def get(self, name: str | None) -> Connection:
        """Return the connection of that name, the default one for None.

        Raises EndpointError where there is none: it may have been removed from the settings.
        """
        connection = self._connections.get(name or self._default)
        if connection is None:
            raise EndpointError("connection_missing", diagnosis="NoSuchConnection")
        return connection


@asynccontextmanager
async def open_connections(
    settings: Mapping[str, ConnectionSettings], *, default: str, timeouts: Timeouts
) -> AsyncIterator[Connections]:
    """Open a client for each endpoint; no request is sent yet."""
    async with asyncio.TaskGroup() as tasks, AsyncExitStack() as stack:
        connections = []
        for name, of_one in settings.items():
            client = await stack.enter_async_context(open_client(of_one, timeouts))
            knowledge = Knowledge(of_one, client, tasks)
            stack.callback(knowledge.listing.close)
            connections.append(Connection(name, of_one, client, knowledge, timeouts))
        yield Connections(connections, default)
