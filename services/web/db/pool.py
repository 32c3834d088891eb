"""The connection pool; what the database's absence looks like to the rest."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import asyncpg
from asyncpg.pool import PoolConnectionProxy

from services.shared.logging import get_logger
from services.web.errors import DatabaseAwayError

log = get_logger("web.db")

type Pool = asyncpg.Pool[asyncpg.Record]
type Connection = asyncpg.Connection[asyncpg.Record] | PoolConnectionProxy[asyncpg.Record]

ACQUIRE_SECONDS: Final = 5.0
COMMAND_SECONDS: Final = 10.0

# What asyncpg raises while the server is starting, stopping, full or gone.
AWAY: Final = (
    OSError,
    TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.TooManyConnectionsError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # of a connection that was cut but does not know it yet
)


@asynccontextmanager
async def open_pool(url: str, *, size: int) -> AsyncIterator[Pool]:
    """Open a pool of at most `size` connections; it connects when first used."""
    async with asyncpg.create_pool(
        url, min_size=0, max_size=size, command_timeout=COMMAND_SECONDS, timeout=ACQUIRE_SECONDS
    ) as pool:
        yield pool


@asynccontextmanager
async def connection(pool: Pool) -> AsyncIterator[Connection]:
    """Borrow a connection; raises `DatabaseAwayError` where there is none to be had."""
    try:
        async with pool.acquire(timeout=ACQUIRE_SECONDS) as db:
            yield db
    except asyncpg.DataError:
        raise  # a value of ours that does not fit, though asyncpg counts it among the others
    except AWAY as error:
        log.warning("database_away", error=repr(error))
        raise DatabaseAwayError from error


@asynccontextmanager
async def transaction(pool: Pool) -> AsyncIterator[Connection]:
    """Borrow a connection for one transaction: committed at the end, rolled back on any error."""
    async with connection(pool) as db, db.transaction():
        yield db
