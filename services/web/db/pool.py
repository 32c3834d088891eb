"""The connection pool; what the database's absence looks like to the rest."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final

import asyncpg
from asyncpg.pool import PoolConnectionProxy

from services.shared.process.logging import get_logger
from services.web.db.statements import trace_statements
from services.web.errors import DatabaseAwayError

log = get_logger("web.db")

type Pool = asyncpg.Pool[asyncpg.Record]
type Made = asyncpg.Connection[asyncpg.Record]
type Connection = Made | PoolConnectionProxy[asyncpg.Record]

ACQUIRE_SECONDS: Final = 5.0
COMMAND_SECONDS: Final = 10.0

NO_ADDRESS: Final = (
    "DATABASE_URL is no address such as postgresql://user:password@127.0.0.1:5432/natter"
)
REFUSED: Final = asyncpg.InvalidAuthorizationSpecificationError
# What asyncpg raises while the server is starting, stopping, full or gone, or takes no login.
AWAY: Final = (
    REFUSED,
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
async def open_pool(url: str | Callable[[], str], *, size: int) -> AsyncIterator[Pool]:
    """Open a pool of at most `size` connections; it connects when first used.

    A function is asked for the URL again with each connection: it may be another by then.
    """
    async with asyncpg.create_pool(
        connect=_Connecting((lambda: url) if isinstance(url, str) else url),
        min_size=0,
        max_size=size,
        command_timeout=COMMAND_SECONDS,
        timeout=ACQUIRE_SECONDS,
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
        if not isinstance(error, REFUSED):
            log.warning("database_away", error=repr(error))
        raise DatabaseAwayError from error


@asynccontextmanager
async def transaction(pool: Pool) -> AsyncIterator[Connection]:
    """Borrow a connection for one transaction: committed at the end, rolled back on any error."""
    async with connection(pool) as db, db.transaction():
        yield db


@dataclass(slots=True)
class _Connecting:
    """Makes the pool's connections, and says once when the database begins to refuse them."""

    url: Callable[[], str]
    is_refused: bool = False

    async def __call__(self, *_: object, **options: Any) -> Made:
        try:
            made: Made = await asyncpg.connect(self.url(), **options)
        except REFUSED as error:
            if not self.is_refused:
                log.warning("database_login_refused", reason=error.args[0])
            self.is_refused = True
            raise
        except ValueError:  # whose text may hold the password
            raise asyncpg.InterfaceError(NO_ADDRESS) from None
        self.is_refused = False
        trace_statements(made)
        return made
