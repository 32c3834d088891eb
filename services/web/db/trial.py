"""Whether a database that somebody else runs can be Natter's."""

import asyncio
from typing import Final

import asyncpg

from services.web.db.pool import Connection

SECONDS: Final = 10.0

MAY_CREATE_TABLES: Final = "SELECT has_schema_privilege(current_schema(), 'CREATE')"


async def find_fault_of_database(url: str) -> str | None:
    """Say why Natter cannot keep its tables at `url`; None where it can. Nothing is changed."""
    try:
        async with asyncio.timeout(SECONDS):
            db = await asyncpg.connect(url)
            try:
                return await _find_fault(db)
            finally:
                await db.close()
    except TimeoutError:
        return f"no PostgreSQL answered within {SECONDS:g} s"
    except asyncpg.PostgresError as error:
        return f"PostgreSQL refuses it: {error.args[0]}"
    except OSError as error:
        return f"no PostgreSQL answers there ({error.strerror or error})"
    except (asyncpg.InterfaceError, ValueError):  # whose text may hold the password
        return "that is no address such as postgresql://user:password@127.0.0.1:5432/natter"


async def _find_fault(db: Connection) -> str | None:
    if not await db.fetchval(MAY_CREATE_TABLES):
        user, database = await db.fetchrow("SELECT current_user, current_database()") or ("", "")
        return f"user {user} may not create tables in database {database}"
    return None
