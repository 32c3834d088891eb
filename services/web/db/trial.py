"""Checks whether Natter can use a database that somebody else runs."""

import asyncio
from typing import Final

import asyncpg

from services.web.db.migrate import missing_right

SECONDS: Final = 10.0


async def find_fault_of_database(url: str) -> str | None:
    """Return why Natter cannot keep its tables at `url`; None if it can. Changes nothing."""
    try:
        async with asyncio.timeout(SECONDS):
            db = await asyncpg.connect(url)
            try:
                return await missing_right(db)
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
