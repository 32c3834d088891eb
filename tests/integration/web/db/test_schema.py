"""schema.sql says what the migrations make of a database, and makes the same itself."""

from urllib.parse import urlsplit

import asyncpg

from deploy.local.postgres import Postgres
from deploy.local.schema import SCHEMA, dump_schema, readable


def name_of(url: str) -> str:
    return urlsplit(url).path.removeprefix("/")


def test_the_file_is_what_the_migrations_make(postgres: Postgres, database_url: str) -> None:
    assert SCHEMA.read_text() == dump_schema(postgres, name_of(database_url))


async def test_a_database_made_from_the_file_is_the_same(
    postgres: Postgres, empty_database_url: str
) -> None:
    db = await asyncpg.connect(empty_database_url)
    try:
        await db.execute(SCHEMA.read_text())
    finally:
        await db.close()
    assert dump_schema(postgres, name_of(empty_database_url)) == SCHEMA.read_text()


def test_nothing_of_the_session_or_the_versions_is_kept() -> None:
    dump = "--\n-- Dumped by 18\n\\restrict x\nSET a = 1;\n\n\n\nCREATE TABLE a (\n    b text\n);\n"
    assert readable(dump) == "CREATE TABLE a (\n    b text\n);\n"
