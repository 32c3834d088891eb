"""The connection pool; `DatabaseAwayError` is what callers see when the database is away."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final

import asyncpg
from asyncpg.pool import PoolConnectionProxy

from services.shared.process.logging import get_logger
from services.web.db.statement_spans import trace_statements
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
# Raised while the server starts, stops, is full or away, or refuses the login.
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
    asyncpg.InternalClientError,  # a connection that was cut and has not noticed
)


@asynccontextmanager
async def open_pool(url: str | Callable[[], str], *, size: int) -> AsyncIterator[Pool]:
    """Open a pool of at most `size` connections; it connects when first used.

    A function as `url` is called for each new connection, because the URL may change.
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
    """Borrow a connection; raises `DatabaseAwayError` if there is none."""
    try:
        async with pool.acquire(timeout=ACQUIRE_SECONDS) as db:
            yield db
    except asyncpg.DataError:
        raise  # a value that does not fit its column; asyncpg derives it from InterfaceError
    except AWAY as error:
        if not isinstance(error, REFUSED):
            log.warning("database_away", error=repr(error))
        raise DatabaseAwayError from error


@asynccontextmanager
async def transaction(pool: Pool) -> AsyncIterator[Connection]:
    """Borrow a connection for one transaction; any error rolls it back."""
    async with connection(pool) as db, db.transaction():
        yield db


@dataclass(slots=True)
class _Connecting:
    """Makes the pool's connections; logs the first of several refused logins."""

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
