"""A PostgreSQL and a NATS of the user's own: tried first, and told plainly what they may not do."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import asyncpg
import pytest

from deploy.local.nats_server import NatsServer, nats_binary
from deploy.local.own_backends import check_own_backends
from deploy.local.own_nats import find_fault_of_nats
from deploy.local.postgres import Postgres
from deploy.local.process import Child, Command, StartError, Watch
from deploy.local.settings import LocalSettings
from services.shared.bus.connection import Bus
from services.web.db.database_check import find_fault_of_database
from tests.integration.local.surroundings import steer
from tests.support.waiting import DEADLINE_SECONDS

NOBODY_THERE = "127.0.0.1:1"


def test_what_the_publisher_may_not_do_is_said_first_with_the_way_out(
    monkeypatch: pytest.MonkeyPatch, nats_server: NatsServer
) -> None:
    steer(monkeypatch, NATS_URL=nats_server.url("publisher"))
    settings, _ = LocalSettings.read()
    with pytest.raises(StartError) as caught:
        check_own_backends(settings)
    first, second = str(caught.value).splitlines()
    shown = f"nats://publisher:…@127.0.0.1:{nats_server.port}"
    assert first.startswith(
        f"NATS_URL={shown}, taken from the environment:"
        " this user of NATS may not subscribe to live.turbo_stream.*, "
    )
    assert second == "  Mend that, or have a NATS started for you: unset NATS_URL"


def test_an_address_that_stands_in_a_file_is_told_with_the_file(
    monkeypatch: pytest.MonkeyPatch, nats_server: NatsServer, tmp_path: Path
) -> None:
    (tmp_path / "url").write_text(nats_server.url("publisher"))
    steer(monkeypatch, NATS_URL_FILE=str(tmp_path / "url"))
    settings, _ = LocalSettings.read()
    with pytest.raises(StartError) as caught:
        check_own_backends(settings)
    first, second = str(caught.value).splitlines()
    assert f"…@127.0.0.1:{nats_server.port}, taken from NATS_URL_FILE ({tmp_path}/url): " in first
    assert nats_server.passwords["publisher"] not in first
    assert second == "  Mend that, or have a NATS started for you: unset NATS_URL_FILE"


@pytest.mark.parametrize(
    ("user", "refused"),
    [
        ("web", "subscribe to live.turbo_stream.*"),
        ("realtime", "subscribe to ai.stop.*"),
        ("ai", "subscribe to live.turbo_stream.*"),
        ("operator", "subscribe to control.*"),
    ],
)
async def test_no_user_of_one_part_can_be_all_of_them(
    nats_server: NatsServer, user: str, refused: str
) -> None:
    fault = await find_fault_of_nats(nats_server.url(user))
    assert fault is not None
    assert fault.startswith("this user of NATS may not ")
    assert refused in fault


async def test_a_trial_changes_nothing(nats_server: NatsServer, web_bus: Bus) -> None:
    async def state() -> list[object]:
        return [replace(one, cluster=None) for one in await web_bus.jetstream.streams_info()]

    before = await state()
    for user in ("web", "ai", "operator", "publisher"):
        assert await find_fault_of_nats(nats_server.url(user)) is not None
    assert await state() == before


@contextmanager
def _plain_nats(folder: Path, *options: str) -> Iterator[str]:
    listen = ("-a", "127.0.0.1", "-p", "-1", "--ports_file_dir", str(folder))
    child = Child(Command("nats", (str(nats_binary()), *listen, *options), {}), Watch())
    try:
        child.wait_until(lambda: any(folder.glob("*.ports")), DEADLINE_SECONDS)
        (ports,) = folder.glob("*.ports")
        yield ports.read_text().partition('"nats":["')[2].partition('"')[0]
    finally:
        child.stop()


async def test_a_nats_that_forbids_nothing_will_do(tmp_path: Path) -> None:
    with _plain_nats(tmp_path, "-js", "-sd", str(tmp_path)) as url:
        assert await find_fault_of_nats(url) is None


async def test_one_server_of_several_that_answers_will_do(tmp_path: Path) -> None:
    with _plain_nats(tmp_path, "-js", "-sd", str(tmp_path)) as url:
        for _ in range(4):
            assert await find_fault_of_nats(f"nats://{NOBODY_THERE},{url}") is None
    fault = await find_fault_of_nats(f"nats://{NOBODY_THERE},nats://{NOBODY_THERE}")
    assert fault is not None
    assert fault.startswith("no NATS answers there (")


async def test_a_nats_without_jetstream_is_told_of(tmp_path: Path) -> None:
    with _plain_nats(tmp_path) as url:
        fault = await find_fault_of_nats(url)
    assert fault is not None
    assert fault.startswith("its JetStream does not answer")


async def test_a_wrong_address_of_nats_is_told_of_without_its_password(
    nats_server: NatsServer,
) -> None:
    port = nats_server.port
    faults = {
        f"nats://web:secret@{NOBODY_THERE}": "no NATS answers there (",
        f"nats://web:secret@127.0.0.1:{port}": "NATS refuses the connection: are user and",
        "nats://web:secret@127.0.0.1:port": "that is no address such as nats://user:password@",
    }
    for url, beginning in faults.items():
        fault = await find_fault_of_nats(url)
        assert fault is not None
        assert fault.startswith(beginning)
        assert "secret" not in fault


async def test_a_database_that_natter_may_fill_will_do(
    database_url: str, empty_database_url: str
) -> None:
    assert await find_fault_of_database(database_url) is None
    assert await find_fault_of_database(empty_database_url) is None


async def test_what_a_user_of_a_database_may_not_do_is_said(
    postgres: Postgres, empty_database_url: str
) -> None:
    database = empty_database_url.partition("?")[0].rpartition("/")[2]
    connection = await asyncpg.connect(empty_database_url)
    try:
        await connection.execute("CREATE ROLE reader LOGIN")
        url = empty_database_url.replace("postgres@", "reader@", 1)
        fault = await find_fault_of_database(url)
        assert fault == f"user reader may not create tables in database {database}"
        missing = await find_fault_of_database(postgres.url("no_such"))
        assert missing == 'PostgreSQL refuses it: database "no_such" does not exist'
    finally:
        await connection.execute("DROP ROLE reader")
        await connection.close()


async def test_a_wrong_address_of_a_database_is_told_of_without_its_password() -> None:
    faults = {
        f"postgresql://ada:secret@{NOBODY_THERE}/natter": "no PostgreSQL answers there (",
        "mysql://ada:secret@127.0.0.1/natter": "that is no address such as postgresql://",
        "postgresql://ada:secret@127.0.0.1:port/natter": "that is no address such as postgresql",
    }
    for url, beginning in faults.items():
        fault = await find_fault_of_database(url)
        assert fault is not None
        assert fault.startswith(beginning)
        assert "secret" not in fault
