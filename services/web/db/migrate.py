"""Forward-only migrations: plain SQL files, applied once each, in order, under one lock.

A file begins with `-- migrate:up` and is named `NNNN_verb_noun.sql`, so that dbmate can read the
folder too. A new file corrects a mistake: an applied file that was edited is refused.

The previous version of Natter runs while they are applied and afterwards. So a file only expands
the schema and blocks no statement; CONTRIBUTING.md has the rule. Applied versions that have no file
are ignored.

An index on a table with rows is built beside other statements, which PostgreSQL does outside a
transaction alone. Such a file begins with `-- migrate:up transaction:false` and holds one
`CREATE INDEX CONCURRENTLY IF NOT EXISTS`; what an interrupted run left of the index is dropped.
"""

import asyncio
import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import asyncpg

from services.shared.process.logging import get_logger
from services.web.db.pool import Connection

FOLDER: Final = Path(__file__).parent / "migrations"

# An arbitrary number; all versions of this program must use the same.
LOCK: Final = 6_238_847_731

# A statement that waits for a lock on a table, for instance during a backup, blocks all later ones.
# So the migration gives up soon and tries again.
LOCK_SECONDS: Final = 1
TRY_AGAIN_SECONDS: Final = 1.0
TRIES: Final = 600

OUTSIDE_TRANSACTION: Final = "-- migrate:up transaction:false\n"
ONE_INDEX: Final = re.compile(
    r"(?:--.*\n|\s)*CREATE INDEX CONCURRENTLY IF NOT EXISTS (?P<name>[a-z_]+) ON [^;]+;\s*"
)
IS_UNFINISHED: Final = """
SELECT EXISTS (SELECT FROM pg_index WHERE indexrelid = to_regclass($1) AND NOT indisvalid)
"""
TAKE_LOCK: Final = "SELECT pg_try_advisory_lock($1)"

CREATE_LEDGER: Final = """
CREATE TABLE IF NOT EXISTS schema_migrations (
    version text PRIMARY KEY,
    checksum text,
    applied_at timestamptz NOT NULL DEFAULT now()
)
"""
LEDGER_EXISTS: Final = "SELECT to_regclass('schema_migrations') IS NOT NULL"
APPLIED: Final = "SELECT version, checksum FROM schema_migrations"
RECORD: Final = "INSERT INTO schema_migrations (version, checksum) VALUES ($1, $2)"

log = get_logger("web.migrate")


class MigrationError(Exception):
    """The files and the ledger contradict each other."""


@dataclass(frozen=True, slots=True)
class Migration:
    """One file; its version is the number at the start of its name."""

    version: str
    name: str
    sql: str

    @property
    def checksum(self) -> str:
        """SHA-256 of the file's text, in hexadecimal."""
        return hashlib.sha256(self.sql.encode()).hexdigest()

    @property
    def index(self) -> str | None:
        """The index that the file builds outside a transaction; None for every other file."""
        if not self.sql.startswith(OUTSIDE_TRANSACTION):
            return None
        if statement := ONE_INDEX.fullmatch(self.sql):
            return statement["name"]
        raise MigrationError(
            f"{self.name} may hold one CREATE INDEX CONCURRENTLY IF NOT EXISTS and nothing else"
        )


def read_migrations(folder: Path = FOLDER) -> list[Migration]:
    """Read every migration, in order."""
    files = sorted(folder.glob("*.sql"))
    return [Migration(file.name.partition("_")[0], file.name, file.read_text()) for file in files]


async def migrate(url: str, folder: Path = FOLDER) -> list[str]:
    """Apply the missing migrations to the database at `url` and return their names.

    Two runs at once are safe: one applies them, the other waits and finds nothing to do.
    Raises `MigrationError` if an applied file was edited, or a table is in use for ten minutes.
    """
    db = await asyncpg.connect(url)
    try:
        await _take_lock(db)
        await db.execute(CREATE_LEDGER)
        missing = await pending(db, folder)
        for migration in missing:
            await _apply_in_time(db, migration)
        return [migration.name for migration in missing]
    finally:
        await db.close()


async def _take_lock(db: Connection) -> None:
    """Wait until no other run is under way.

    Whoever waits within a statement holds a snapshot, and an index that is built beside other
    statements waits for all of those: both would wait for each other.
    """
    while not await db.fetchval(TAKE_LOCK, LOCK):  # noqa: ASYNC110 - another process has it
        await asyncio.sleep(TRY_AGAIN_SECONDS)


async def _apply_in_time(db: Connection, migration: Migration) -> None:
    """Apply a file; try again while others hold locks on what it changes."""
    for _ in range(TRIES):
        try:
            return await _apply(db, migration)
        except (asyncpg.LockNotAvailableError, asyncpg.DeadlockDetectedError) as error:
            log.warning("migration_waits", name=migration.name, reason=str(error))
            await asyncio.sleep(TRY_AGAIN_SECONDS)
    raise MigrationError(f"what {migration.name} changes is in use, by a backup perhaps")


async def _apply(db: Connection, migration: Migration) -> None:
    if migration.index:
        return await _build_index(db, migration, migration.index)
    async with db.transaction():
        await db.execute(f"SET LOCAL lock_timeout = '{LOCK_SECONDS}s'")
        await db.execute(migration.sql)
        await db.execute(RECORD, migration.version, migration.checksum)
    return None


async def _build_index(db: Connection, migration: Migration, name: str) -> None:
    """Build an index while others write; waiting for their transactions blocks no statement."""
    if await db.fetchval(IS_UNFINISHED, name):
        await db.execute(f"DROP INDEX CONCURRENTLY {name}")
    await db.execute(migration.sql)
    await db.execute(RECORD, migration.version, migration.checksum)


def newest_version(folder: Path = FOLDER) -> str:
    """Return the version of the last migration, the newest schema that this program knows."""
    return read_migrations(folder)[-1].version


async def pending(db: Connection, folder: Path = FOLDER) -> list[Migration]:
    """List the migrations that the database does not have yet."""
    migrations = read_migrations(folder)
    if not await db.fetchval(LEDGER_EXISTS):
        return migrations
    applied = {row["version"]: row["checksum"] for row in await db.fetch(APPLIED)}
    for migration in migrations:
        if applied.get(migration.version) not in (None, migration.checksum):
            raise MigrationError(f"{migration.name} was edited after it had been applied")
    return [migration for migration in migrations if migration.version not in applied]
