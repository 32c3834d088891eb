"""One web service, database and bus for all tests of a folder; each test finds them empty.

A module that needs its own ones imports the fixtures of `tests.support` under the same names.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import asyncpg
import pytest
import pytest_asyncio

from deploy.local.nats_server import NatsServer, running_nats
from deploy.local.postgres import Postgres
from services.shared.bus.connection import Bus, open_bus
from services.shared.bus.stream_management import declare_streams
from services.shared.bus.streams import STREAMS
from services.shared.bus.subjects import AI_RESULTS
from tests.integration.web.pages import running_web
from tests.support.nats import patient
from tests.support.postgres import TEMPLATE
from tests.support.stack import Web, web_settings
from tests.support.waiting import until

EMPTY = """
TRUNCATE accounts, chats, messages, outbox, rate_limits, token_counts, invitations
RESTART IDENTITY CASCADE
"""
WAITING = "SELECT count(*) FROM outbox WHERE parked_at IS NULL"


@dataclass(frozen=True, slots=True)
class Shared:
    web: Web
    database_url: str
    nats: NatsServer
    bus: Bus
    admin: "asyncpg.Connection[asyncpg.Record]"

    async def empty(self) -> None:
        """Wait until the service has nothing left to do, and delete everything."""
        await until(self._is_idle)
        await self.admin.execute(EMPTY)
        # The service's own consumer is that of the results.
        await self.bus.jetstream.purge_stream(AI_RESULTS)
        for stream in STREAMS:
            if stream.name and stream.name != AI_RESULTS:
                await self.bus.jetstream.delete_stream(stream.name)
        await declare_streams(self.bus.jetstream)

    async def _is_idle(self) -> bool:
        results = await self.bus.jetstream.stream_info(AI_RESULTS)
        return not results.state.messages and not await self.admin.fetchval(WAITING)


@pytest_asyncio.fixture(scope="session")
async def shared(
    postgres: Postgres, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Shared]:
    folder = tmp_path_factory.mktemp("shared")
    server = await asyncpg.connect(postgres.url("postgres"))
    await server.execute(f"CREATE DATABASE {folder.name} TEMPLATE {TEMPLATE}")
    await server.close()
    url = postgres.url(folder.name)
    with running_nats(folder / "nats") as nats:
        async with (
            open_bus(nats.url("web"), name="test-shared") as bus,
            running_web(web_settings(url, nats)) as web,
        ):
            admin = await asyncpg.connect(url)
            yield Shared(web, url, nats, patient(bus), admin)
            await admin.close()


@pytest_asyncio.fixture
async def emptied(shared: Shared) -> Shared:
    await shared.empty()
    return shared


@pytest.fixture
def web(emptied: Shared) -> Web:
    return emptied.web


@pytest.fixture
def database_url(emptied: Shared) -> str:
    return emptied.database_url


@pytest.fixture
def nats_server(emptied: Shared) -> NatsServer:
    return emptied.nats
