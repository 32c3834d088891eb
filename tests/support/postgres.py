"""A real PostgreSQL for the session, and a database of its own for every test."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from itertools import count

import asyncpg
import pytest
import pytest_asyncio

from deploy.local.postgres import Postgres, running_postgres
from services.web.db.migrate import migrate
from services.web.db.pool import Connection, Pool, open_pool

TEMPLATE = "natter_template"
WAITS_FOR_ANOTHER = """
SELECT count(*) > 0 FROM pg_stat_activity
WHERE datname = current_database() AND wait_event_type = 'Lock'
"""
"""Whether a transaction of this database waits for the end of another."""

_numbers = count(1)


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    """A server whose template database has every migration."""
    with running_postgres(tmp_path_factory.mktemp("pg") / "data", durable=False) as server:
        server.create_database(TEMPLATE)
        asyncio.run(migrate(server.url(TEMPLATE)))
        yield server


@pytest_asyncio.fixture
async def database_url(postgres: Postgres) -> AsyncIterator[str]:
    """The address of a migrated, empty database that is dropped after the test."""
    async with migrated_database(postgres) as url:
        yield url


@pytest_asyncio.fixture
async def empty_database_url(postgres: Postgres) -> AsyncIterator[str]:
    """The address of a database with nothing in it."""
    async with _database(postgres, template="template1") as url:
        yield url


@pytest_asyncio.fixture
async def pool(database_url: str) -> AsyncIterator[Pool]:
    """A pool on the test's database."""
    async with open_pool(database_url, size=5) as pool:
        yield pool


@pytest_asyncio.fixture
async def db(pool: Pool) -> AsyncIterator[Connection]:
    """One connection to the test's database."""
    async with pool.acquire() as connection:
        yield connection


def migrated_database(postgres: Postgres) -> AbstractAsyncContextManager[str]:
    """Give the address of a migrated, empty database that is dropped after the body."""
    return _database(postgres, template=TEMPLATE)


@asynccontextmanager
async def _database(postgres: Postgres, *, template: str) -> AsyncIterator[str]:
    name = f"test_{next(_numbers)}"
    admin = await asyncpg.connect(postgres.url("postgres"))
    try:
        await admin.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        yield postgres.url(name)
        await admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
    finally:
        await admin.close()
