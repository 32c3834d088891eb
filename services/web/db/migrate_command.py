"""`python -m services.web migrate`: what it does, or one sentence on why it cannot."""

import asyncio
import sys
from typing import Final

import asyncpg

from services.shared.process.logging import get_logger
from services.web.db.migrate import MigrationError, migrate

REFUSED: Final = (
    "PostgreSQL refuses the password of DATABASE_URL: where the compose stack has made it, run"
    " `sh rotate.sh postgres` in deploy/compose, which sets another, and start the stack again."
)


def run(url: str) -> None:
    """Bring the database at `url` up to date; ends the process where that is not possible."""
    try:
        applied = asyncio.run(migrate(url))
    except asyncpg.InvalidPasswordError:
        sys.exit(REFUSED)
    except MigrationError as error:
        sys.exit(f"The database is not brought up to date: {error}.")
    except OSError as error:
        sys.exit(f"No PostgreSQL answers at DATABASE_URL: {error.strerror or error}.")
    get_logger("web.migrate").info("migrated", applied=applied)
