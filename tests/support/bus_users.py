"""Connections as each user of the bus, and what the server lets them do."""

from collections.abc import AsyncIterator, Awaitable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field

from nats.aio.client import Client

from deploy.local.nats_server import USERS, NatsServer
from services.shared.bus.nats_url import inbox_prefix
from tests.support.nats import until_read


@dataclass
class User:
    """One user's connection, and every refusal that the server reported to it."""

    client: Client
    refusals: list[str] = field(default_factory=list)

    async def publishes(self, subject: str, payload: bytes = b"x") -> bool:
        """Return whether the server lets this user publish on `subject`."""
        return await self._is_allowed(self.client.publish(subject, payload), subject)

    async def subscribes(self, subject: str) -> bool:
        """Return whether the server lets this user subscribe to `subject`."""
        return await self._is_allowed(self.client.subscribe(subject), subject)

    async def _is_allowed(self, attempt: Awaitable[object], subject: str) -> bool:
        self.refusals.clear()
        await attempt
        # The server answers in order: a refusal is there by then.
        await until_read(self.client)
        return not any(f'"{subject.lower()}"' in refusal for refusal in self.refusals)


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[User]:
    """Connect once; raise the server's error."""
    refusals: list[str] = []

    async def remember(error: Exception) -> None:
        refusals.append(str(error))

    client = Client()
    try:
        await client.connect(
            url, error_cb=remember, allow_reconnect=False, inbox_prefix=inbox_prefix(url)
        )
        yield User(client, refusals)
    finally:
        await client.close()


@asynccontextmanager
async def all_users(server: NatsServer) -> AsyncIterator[dict[str, User]]:
    """Connect as every user."""
    async with AsyncExitStack() as stack:
        yield {name: await stack.enter_async_context(connected(server.url(name))) for name in USERS}
