"""Checks whether Natter can use an operator's own database."""

import asyncio
from typing import Final

import asyncpg

from services.web.db.pool import Connection

SECONDS: Final = 10.0
RIGHTS: Final = """
SELECT current_user AS who, current_database() AS place,
    coalesce(has_schema_privilege(current_schema(), 'CREATE'), false) AS may_create
"""


async def find_fault_of_database(url: str) -> str | None:
    """Return why Natter cannot keep its tables at `url`; None if it can. Changes nothing."""
    try:
        async with asyncio.timeout(SECONDS):
            db = await asyncpg.connect(url)
            try:
                return await _missing_right(db)
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


async def _missing_right(db: Connection) -> str | None:
    """Return which right for migrations the user of `db` lacks; None if it lacks none."""
    rights = await db.fetchrow(RIGHTS)
    if rights is None or rights["may_create"]:
        return None
    return f"user {rights['who']} may not create tables in database {rights['place']}"
