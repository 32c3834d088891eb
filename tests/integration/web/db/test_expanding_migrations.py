"""Migrations leave the version before at work: they add, and take nothing away."""

import re
from pathlib import Path
from typing import Final

import asyncpg

from services.web.db.migrate import FOLDER, migrate, read_migrations
from tests.support.schema_shape import broken_promises, read_shape

# Those up to here were made when nothing had been released.
LAST_BEFORE_THE_RULE: Final = "0008"
CONTRACTS: Final = re.compile(r"^-- contracts: \S.{20,}$", re.MULTILINE)
TABLE: Final = """-- migrate:up
CREATE TABLE things (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL DEFAULT 'none' CONSTRAINT named CHECK (name <> ''),
    size integer
);
CREATE UNIQUE INDEX things_name ON things (name);
CREATE INDEX things_size ON things (size);
INSERT INTO things (size) VALUES (1);
"""
REQUIRES: Final = """
ALTER TABLE things ADD COLUMN colour text NOT NULL DEFAULT 'red';
ALTER TABLE things ALTER COLUMN colour DROP DEFAULT
"""
REFUSES: Final = """
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
CREATE TRIGGER refuse BEFORE INSERT ON things FOR EACH ROW EXECUTE FUNCTION refuse()
"""
EXPANDS: Final = (
    "ALTER TABLE things ADD COLUMN colour text",
    "ALTER TABLE things ADD COLUMN colour text NOT NULL DEFAULT 'red'",
    "ALTER TABLE things ADD COLUMN colour text CHECK (colour <> '') UNIQUE",
    "ALTER TABLE things ADD COLUMN double integer GENERATED ALWAYS AS (size * 2) VIRTUAL",
    "CREATE INDEX things_by_size ON things (size, name)",
    "CREATE TABLE others (id bigint PRIMARY KEY, thing_id bigint NOT NULL REFERENCES things)",
    "UPDATE things SET size = 2",
)
BREAKS: Final = (
    "DROP TABLE things",
    "ALTER TABLE things RENAME TO objects",
    "ALTER TABLE things DROP COLUMN size",
    "ALTER TABLE things RENAME COLUMN size TO length",
    "ALTER TABLE things ALTER COLUMN size TYPE bigint",
    "ALTER TABLE things ALTER COLUMN size SET NOT NULL",
    "ALTER TABLE things ALTER COLUMN name DROP NOT NULL",
    "ALTER TABLE things ALTER COLUMN name DROP DEFAULT",
    "ALTER TABLE things ALTER COLUMN name SET DEFAULT 'one'",
    "ALTER TABLE things ALTER COLUMN id DROP IDENTITY",
    REQUIRES,
    "ALTER TABLE things ADD COLUMN born double precision DEFAULT random()",
    "ALTER TABLE things ADD CHECK (size > 0)",
    "ALTER TABLE things ADD CHECK (size > 0) NOT VALID",
    "ALTER TABLE things ADD COLUMN least integer DEFAULT 0, ADD CHECK (size > least)",
    "ALTER TABLE things DROP CONSTRAINT named",
    "ALTER TABLE things DROP CONSTRAINT named, ADD CONSTRAINT named CHECK (name <> 'x')",
    "CREATE UNIQUE INDEX things_sizes ON things (size)",
    "DROP INDEX things_name",
    "DROP INDEX things_size",
    "CREATE RULE nothing AS ON DELETE TO things DO INSTEAD NOTHING",
    "ALTER TABLE things ENABLE ROW LEVEL SECURITY",
    REFUSES,
)


async def broken_by(url: str, folder: Path, sql: str) -> list[str]:
    """Say what a file with this SQL breaks for a program that knows `TABLE`."""
    db = await asyncpg.connect(url)
    await db.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    await db.close()
    (folder / "0002_change_things.sql").unlink(missing_ok=True)
    (folder / "0001_create_things.sql").write_text(TABLE)
    await migrate(url, folder)
    before = await read_shape(url)
    (folder / "0002_change_things.sql").write_text(f"-- migrate:up\n{sql};\n")
    await migrate(url, folder)
    return broken_promises(before, await read_shape(url))


async def test_each_only_expands_the_schema_or_says_why_it_may_contract_it(
    empty_database_url: str, tmp_path: Path
) -> None:
    for migration in read_migrations():
        before = await read_shape(empty_database_url)
        (tmp_path / migration.name).write_text((FOLDER / migration.name).read_text())
        await migrate(empty_database_url, tmp_path)
        broken = broken_promises(before, await read_shape(empty_database_url))
        if migration.version > LAST_BEFORE_THE_RULE:
            assert bool(broken) == bool(CONTRACTS.search(migration.sql)), (migration.name, broken)


async def test_what_breaks_something_is_found_and_what_expands_is_not(
    empty_database_url: str, tmp_path: Path
) -> None:
    breaking = [
        sql for sql in (*EXPANDS, *BREAKS) if await broken_by(empty_database_url, tmp_path, sql)
    ]
    assert breaking == [*BREAKS]
