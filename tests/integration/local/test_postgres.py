import os
import signal
import stat
from pathlib import Path

import asyncpg
import pytest

from deploy.local.postgres import Postgres, running_postgres
from deploy.local.process import StartError
from tests.integration.local.launching import is_running, wait_until


async def _value(server: Postgres, database: str, query: str) -> object:
    connection = await asyncpg.connect(server.url(database))
    try:
        return await connection.fetchval(query)
    finally:
        await connection.close()


async def test_it_keeps_its_data_and_a_server_that_was_left_behind_is_ended(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "a folder, with commas and spaces" / "postgres"
    with running_postgres(folder) as server:
        server.create_database("natter")
        assert str(await _value(server, "natter", "SHOW server_version")).startswith("18.")
        assert await _value(server, "natter", "SHOW fsync") == "on"
        assert await _value(server, "natter", "SELECT lower('ÄÖÜ')") == "äöü"
        await _value(server, "natter", "CREATE TABLE kept AS SELECT 7 AS number")
    with running_postgres(folder) as first:
        first.create_database("natter")
        with running_postgres(folder) as second:
            wait_until(lambda: first.child.exit_code is not None, lambda: "the first has ended")
            assert await _value(second, "natter", "SELECT number FROM kept") == 7


async def test_in_a_folder_too_deep_for_a_socket_only_its_owner_gets_in(tmp_path: Path) -> None:
    folder = tmp_path / ("deep" * 30) / "postgres"
    half = folder.with_name("postgres.new")
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("18\n")
    with running_postgres(folder, durable=False) as server:
        assert stat.S_IMODE(server.socket_folder.stat().st_mode) == 0o700
        assert await _value(server, "postgres", "SHOW listen_addresses") == ""
        assert await _value(server, "postgres", "SHOW fsync") == "off"
    assert not server.socket_folder.exists()
    assert not half.exists(), "what an interrupted creation has left"


async def test_a_killed_server_recovers_and_one_that_cannot_start_says_why(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "postgres"
    with running_postgres(folder) as server:
        await _value(server, "postgres", "CREATE TABLE kept AS SELECT 7 AS number")
        os.kill(server.child.pid, signal.SIGKILL)
        wait_until(lambda: not is_running(server.child.pid), lambda: "it has ended")
    left = (folder / "postmaster.pid").read_text().splitlines()
    (folder / "postmaster.pid").write_text("\n".join([str(os.getpid()), *left[1:]]))
    with running_postgres(folder) as server:
        assert await _value(server, "postgres", "SELECT number FROM kept") == 7
    with (folder / "postgresql.conf").open("a") as configuration:
        configuration.write("no_such_setting = 1\n")
    with pytest.raises(StartError, match="no_such_setting"), running_postgres(folder):
        pass


def test_data_of_another_version_is_refused_with_the_reason(tmp_path: Path) -> None:
    folder = tmp_path / "postgres"
    folder.mkdir()
    (folder / "PG_VERSION").write_text("16\n")
    with pytest.raises(StartError, match="another PostgreSQL than 18"), running_postgres(folder):
        pass
