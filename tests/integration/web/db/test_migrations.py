"""Migrations: each file once, in order, whole or not at all."""

import asyncio
import contextlib
import re
from pathlib import Path

import asyncpg
import pytest

from services.web.db.migrate import FOLDER, LOCK, MigrationError, migrate, read_migrations
from tests.support.waiting import until

FIRST = "-- migrate:up\nCREATE TABLE first (id bigint PRIMARY KEY);\n"
SECOND = "-- migrate:up\nCREATE TABLE second (id bigint PRIMARY KEY);\n"
INDEX = (
    "-- migrate:up transaction:false\n-- Why.\n"
    "CREATE INDEX CONCURRENTLY IF NOT EXISTS first_names ON first (name);\n"
)
HALF_WRONG = "-- migrate:up\nCREATE TABLE second (id bigint PRIMARY KEY);\nSELECT 1 / 0;\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "0001_create_first.sql").write_text(FIRST)
    return tmp_path


async def tables(url: str) -> list[str]:
    db = await asyncpg.connect(url)
    try:
        rows = await db.fetch(
            "SELECT relname FROM pg_class WHERE relkind = 'r'"
            " AND relnamespace = 'public'::regnamespace ORDER BY relname"
        )
    finally:
        await db.close()
    return [row["relname"] for row in rows]


async def applied(url: str) -> list[str]:
    db = await asyncpg.connect(url)
    try:
        rows = await db.fetch("SELECT version FROM schema_migrations ORDER BY applied_at, version")
    finally:
        await db.close()
    return [row["version"] for row in rows]


async def test_a_second_run_finds_nothing_to_do(empty_database_url: str) -> None:
    names = [migration.name for migration in read_migrations()]
    assert await migrate(empty_database_url) == names
    assert await migrate(empty_database_url) == []


async def test_of_runners_that_start_at_once_only_one_applies_each_file(
    empty_database_url: str,
) -> None:
    runs = await asyncio.gather(*(migrate(empty_database_url) for _ in range(5)))
    names = [migration.name for migration in read_migrations()]
    assert [run for run in runs if run] == [names]
    assert await applied(empty_database_url) == [m.version for m in read_migrations()]


async def test_a_file_that_comes_later_is_applied_alone(
    empty_database_url: str, folder: Path
) -> None:
    await migrate(empty_database_url, folder)
    (folder / "0002_create_second.sql").write_text(SECOND)
    assert await migrate(empty_database_url, folder) == ["0002_create_second.sql"]
    assert await tables(empty_database_url) == ["first", "schema_migrations", "second"]


async def test_an_applied_file_that_was_edited_is_refused(
    empty_database_url: str, folder: Path
) -> None:
    await migrate(empty_database_url, folder)
    (folder / "0001_create_first.sql").write_text(FIRST + "-- one more word\n")
    (folder / "0002_create_second.sql").write_text(SECOND)
    with pytest.raises(MigrationError, match="0001_create_first"):
        await migrate(empty_database_url, folder)
    assert await tables(empty_database_url) == ["first", "schema_migrations"]


async def test_a_failing_file_leaves_nothing_of_itself_and_can_be_repaired(
    empty_database_url: str, folder: Path
) -> None:
    broken = folder / "0002_create_second.sql"
    broken.write_text(HALF_WRONG)
    with pytest.raises(asyncpg.DivisionByZeroError):
        await migrate(empty_database_url, folder)
    assert await tables(empty_database_url) == ["first", "schema_migrations"]
    broken.write_text(SECOND)
    assert await migrate(empty_database_url, folder) == [broken.name]
    assert await applied(empty_database_url) == ["0001", "0002"]


def test_files_are_marked_named_and_numbered_without_gaps() -> None:
    migrations = read_migrations()
    assert [int(migration.version) for migration in migrations] == list(
        range(1, len(migrations) + 1)
    )
    for migration in migrations:
        assert re.fullmatch(r"\d{4}_[a-z]+(_[a-z]+)+\.sql", migration.name)
        assert migration.sql.startswith("-- migrate:up\n") or migration.index
    assert {path.suffix for path in FOLDER.iterdir()} == {".sql"}


async def test_chats_from_before_there_were_versions_are_shown_as_they_were(
    empty_database_url: str, tmp_path: Path
) -> None:
    for migration in read_migrations()[:4]:
        (tmp_path / migration.name).write_text(migration.sql)
    await migrate(empty_database_url, tmp_path)
    db = await asyncpg.connect(empty_database_url)
    try:
        await db.execute("INSERT INTO accounts (name) VALUES ('local')")
        await db.execute(
            "INSERT INTO chats (account_id, title) VALUES (1, 'A'), (1, NULL), (1, 'C')"
        )
        await db.execute(
            "INSERT INTO messages (chat_id, role, status, content) VALUES"
            " (1, 'user', 'complete', 'a'), (3, 'user', 'complete', 'b'),"
            " (1, 'assistant', 'queued', ''), (3, 'assistant', 'failed', ''),"
            " (1, 'user', 'complete', 'c'), (1, 'assistant', 'queued', '')"
        )
        await migrate(empty_database_url)
        rows = await db.fetch("SELECT parent_id, status FROM messages WHERE selected ORDER BY id")
        assert [row["parent_id"] for row in rows] == [None, None, 1, 2, 3, 5]
        assert [row["status"] for row in rows][2::3] == ["queued", "waiting"]
        sources = await db.fetch("SELECT title_source FROM chats ORDER BY id")
        assert [row["title_source"] for row in sources] == ["prompt", "none", "prompt"]
    finally:
        await db.close()


async def test_whoever_reads_while_a_table_is_in_use_does_not_wait_for_the_migration(
    empty_database_url: str, folder: Path
) -> None:
    """A backup reads every table, in one transaction that goes on until its end."""
    await migrate(empty_database_url, folder)
    (folder / "0002_add_name.sql").write_text("-- migrate:up\nALTER TABLE first ADD name text;\n")
    backup, reader = [await asyncpg.connect(empty_database_url) for _ in range(2)]
    async with asyncio.TaskGroup() as tasks, backup.transaction():
        await backup.fetch("SELECT id FROM first")
        migrating = tasks.create_task(migrate(empty_database_url, folder))
        await until(lambda: _waits_for_a_table(reader))
        assert await reader.fetch("SELECT id FROM first") == []
        assert not migrating.done()
        # It tries again.
        await until(lambda: _waits_for_a_table(reader))
    assert migrating.result() == ["0002_add_name.sql"]
    assert await reader.fetch("SELECT name FROM first") == []
    await backup.close()
    await reader.close()


async def test_an_index_is_built_while_others_write_and_read(
    empty_database_url: str, folder: Path
) -> None:
    await _with_names(empty_database_url, folder)
    (folder / "0003_index_names.sql").write_text(INDEX)
    backup, writer = [await asyncpg.connect(empty_database_url) for _ in range(2)]
    async with asyncio.TaskGroup() as tasks, backup.transaction(isolation="repeatable_read"):
        await backup.fetch("SELECT id FROM first")
        migrating = tasks.create_task(migrate(empty_database_url, folder))
        await until(lambda: _waits_for_a_transaction(writer))
        await writer.execute("INSERT INTO first VALUES (2, 'b')")
        assert len(await writer.fetch("SELECT id FROM first")) == 2
        assert not migrating.done()
    assert migrating.result() == ["0003_index_names.sql"]
    assert await _is_valid(writer, "first_names")
    await backup.close()
    await writer.close()


async def test_of_runners_that_start_at_once_only_one_builds_an_index(
    empty_database_url: str, folder: Path
) -> None:
    await _with_names(empty_database_url, folder)
    (folder / "0003_index_names.sql").write_text(INDEX)
    runs = await asyncio.gather(*(migrate(empty_database_url, folder) for _ in range(5)))
    assert sorted(runs) == [[], [], [], [], ["0003_index_names.sql"]]


async def test_an_older_runner_that_waits_for_the_lock_does_not_stop_an_index(
    empty_database_url: str, folder: Path
) -> None:
    """It waits within a statement, for which the index waits: PostgreSQL ends one of the two."""
    await _with_names(empty_database_url, folder)
    (folder / "0003_index_names.sql").write_text(INDEX)
    reader, older = [await asyncpg.connect(empty_database_url) for _ in range(2)]
    backup = await asyncpg.connect(empty_database_url)
    async with asyncio.TaskGroup() as tasks:
        async with backup.transaction(isolation="repeatable_read"):
            await backup.fetch("SELECT id FROM first")
            migrating = tasks.create_task(migrate(empty_database_url, folder))
            await until(lambda: _waits_for_a_transaction(reader))
            waiting = tasks.create_task(_wait_for_the_lock(older))
            await until(lambda: _waits_for_the_lock(reader))
        await migrating
        await waiting
    assert migrating.result() == ["0003_index_names.sql"]
    assert await _is_valid(reader, "first_names")
    for db in (reader, older, backup):
        await db.close()


async def test_what_an_interrupted_run_left_of_an_index_is_dropped_and_built_anew(
    empty_database_url: str, folder: Path
) -> None:
    await _with_names(empty_database_url, folder)
    db = await asyncpg.connect(empty_database_url)
    await db.execute("CREATE INDEX first_names ON first (id)")
    await db.execute(
        "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'first_names'::regclass"
    )
    (folder / "0003_index_names.sql").write_text(INDEX)
    assert await migrate(empty_database_url, folder) == ["0003_index_names.sql"]
    assert await _is_valid(db, "first_names")
    definition = await db.fetchval("SELECT pg_get_indexdef('first_names'::regclass)")
    assert definition.endswith("(name)")
    await db.close()


async def test_an_index_of_an_interrupted_run_that_was_finished_is_kept(
    empty_database_url: str, folder: Path
) -> None:
    await _with_names(empty_database_url, folder)
    db = await asyncpg.connect(empty_database_url)
    await db.execute("CREATE INDEX first_names ON first (name)")
    before = await db.fetchval("SELECT 'first_names'::regclass::oid")
    (folder / "0003_index_names.sql").write_text(INDEX)
    assert await migrate(empty_database_url, folder) == ["0003_index_names.sql"]
    assert await db.fetchval("SELECT 'first_names'::regclass::oid") == before
    await db.close()


@pytest.mark.parametrize(
    "sql",
    [
        "ALTER TABLE first ADD size integer;",
        "CREATE INDEX CONCURRENTLY first_names ON first (name);",
        f"{INDEX}SELECT 1;",
    ],
)
async def test_outside_a_transaction_a_file_builds_one_index_and_nothing_else(
    empty_database_url: str, folder: Path, sql: str
) -> None:
    await _with_names(empty_database_url, folder)
    (folder / "0003_index_names.sql").write_text(f"-- migrate:up transaction:false\n{sql}\n")
    with pytest.raises(MigrationError, match="0003_index_names"):
        await migrate(empty_database_url, folder)
    assert await applied(empty_database_url) == ["0001", "0002"]


async def _with_names(url: str, folder: Path) -> None:
    (folder / "0002_add_name.sql").write_text(
        "-- migrate:up\nALTER TABLE first ADD name text;\nINSERT INTO first VALUES (1, 'a');\n"
    )
    await migrate(url, folder)


async def _is_valid(db: "asyncpg.Connection[asyncpg.Record]", index: str) -> bool:
    valid = "SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass($1)"
    return bool(await db.fetchval(valid, index))


async def _wait_for_the_lock(db: "asyncpg.Connection[asyncpg.Record]") -> None:
    with contextlib.suppress(asyncpg.DeadlockDetectedError):
        await db.execute("SELECT pg_advisory_lock($1)", LOCK)
        await db.execute("SELECT pg_advisory_unlock($1)", LOCK)


async def _waits_for_the_lock(db: "asyncpg.Connection[asyncpg.Record]") -> bool:
    return bool(
        await db.fetchval(
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
        )
    )


async def _waits_for_a_transaction(db: "asyncpg.Connection[asyncpg.Record]") -> bool:
    return bool(
        await db.fetchval(
            "SELECT count(*) FROM pg_locks WHERE locktype = 'virtualxid' AND NOT granted"
        )
    )


async def _waits_for_a_table(db: "asyncpg.Connection[asyncpg.Record]") -> bool:
    return bool(
        await db.fetchval(
            "SELECT count(*) FROM pg_locks WHERE locktype = 'relation' AND NOT granted"
        )
    )
