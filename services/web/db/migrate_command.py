"""`python -m services.web migrate`: applies the migrations, or says in a sentence why not."""

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
    """Bring the database at `url` up to date, or end the process with a sentence."""
    try:
        applied = asyncio.run(migrate(url))
    except asyncpg.InvalidPasswordError:
        sys.exit(REFUSED)
    except MigrationError as error:
        sys.exit(f"The database is not brought up to date: {error}.")
    except OSError as error:
        sys.exit(f"No PostgreSQL answers at DATABASE_URL: {error.strerror or error}.")
    get_logger("web.migrate").info("migrated", applied=applied)
