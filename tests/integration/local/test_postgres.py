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


async def test_it_keeps_its_data_from_one_start_to_the_next(tmp_path: Path) -> None:
    folder = tmp_path / "a folder, with commas and spaces" / "postgres"
    with running_postgres(folder) as server:
        server.create_database("natter")
        assert str(await _value(server, "natter", "SHOW server_version")).startswith("18.")
        assert await _value(server, "natter", "SELECT lower('ÄÖÜ')") == "äöü"
        await _value(server, "natter", "CREATE TABLE kept AS SELECT 7 AS number")
    with running_postgres(folder) as server:
        server.create_database("natter")
        assert await _value(server, "natter", "SELECT number FROM kept") == 7


async def test_a_folder_too_deep_for_a_socket_works(tmp_path: Path) -> None:
    folder = tmp_path / ("deep" * 30) / "postgres"
    with running_postgres(folder, durable=False) as server:
        assert await _value(server, "postgres", "SELECT 1") == 1
        assert stat.S_IMODE(server.socket_folder.stat().st_mode) == 0o700
    assert not server.socket_folder.exists()


async def test_only_its_owner_gets_in_and_no_port_is_opened(tmp_path: Path) -> None:
    with running_postgres(tmp_path / "postgres", durable=False) as server:
        assert stat.S_IMODE(server.socket_folder.stat().st_mode) == 0o700
        assert await _value(server, "postgres", "SHOW listen_addresses") == ""


async def test_durability_is_given_up_only_on_request(tmp_path: Path) -> None:
    with running_postgres(tmp_path / "kept") as server:
        assert await _value(server, "postgres", "SHOW fsync") == "on"
    with running_postgres(tmp_path / "fast", durable=False) as server:
        assert await _value(server, "postgres", "SHOW fsync") == "off"


async def test_a_server_left_behind_is_ended_and_its_data_used(tmp_path: Path) -> None:
    with running_postgres(tmp_path / "postgres") as first:
        await _value(first, "postgres", "CREATE TABLE kept AS SELECT 7 AS number")
        with running_postgres(tmp_path / "postgres") as second:
            wait_until(lambda: first.child.exit_code is not None, lambda: "the first has ended")
            assert await _value(second, "postgres", "SELECT number FROM kept") == 7


async def test_a_killed_server_recovers_even_if_its_number_is_somebody_elses(
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


def test_an_interrupted_creation_is_made_good(tmp_path: Path) -> None:
    half = tmp_path / "postgres.new"
    half.mkdir()
    (half / "PG_VERSION").write_text("18\n")
    with running_postgres(tmp_path / "postgres", durable=False) as server:
        server.create_database("natter")
    assert not half.exists()


def test_data_of_another_version_is_refused_with_the_reason(tmp_path: Path) -> None:
    folder = tmp_path / "postgres"
    folder.mkdir()
    (folder / "PG_VERSION").write_text("16\n")
    with pytest.raises(StartError, match="another PostgreSQL than 18"), running_postgres(folder):
        pass


def test_one_that_cannot_start_says_why(tmp_path: Path) -> None:
    folder = tmp_path / "postgres"
    with running_postgres(folder, durable=False):
        pass
    with (folder / "postgresql.conf").open("a") as configuration:
        configuration.write("no_such_setting = 1\n")
    with pytest.raises(StartError, match="no_such_setting"), running_postgres(folder):
        pass
