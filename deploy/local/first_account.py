"""Finds out whether somebody has to make the first account, and with which code."""

import asyncio
from collections.abc import Mapping

from deploy.local.services import SETUP_CODE, Backends
from services.shared.process.setting_files import SUFFIX
from services.web.accounts.queries import has_admin
from services.web.db.pool import connection, open_pool
from services.web.errors import DatabaseAwayError

OWN_CODE = "that you have set"


def needed_code(backends: Backends, inherited: Mapping[str, str]) -> str | None:
    """Return the code for the first administrator's account; None if there is one already."""
    if backends.setup_code is None or asyncio.run(_has_administrator(backends.database_url)):
        return None
    is_own = inherited.get(SETUP_CODE) or inherited.get(SETUP_CODE + SUFFIX)
    return OWN_CODE if is_own else backends.setup_code


async def _has_administrator(database_url: str) -> bool:
    try:
        async with open_pool(database_url, size=1) as pool, connection(pool) as db:
            return await has_admin(db)
    except DatabaseAwayError:
        return True  # then the page says it
