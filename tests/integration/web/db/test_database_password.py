"""The database's password is changed under web: pages wait, and nothing that was stored is lost."""

import asyncio
import json
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import pytest
import pytest_asyncio
from structlog.testing import capture_logs

from deploy.local.nats_server import NatsServer
from services.shared.bus.connection import Bus
from services.shared.bus.messages import AnswerResult
from services.shared.bus.subjects import result_subject
from services.web.db.pool import Connection, connection, open_pool
from services.web.errors import DatabaseAwayError
from tests.integration.web.pages import FRAME, form_path, list_path, new_chat, running_web, send
from tests.support.printed import ROOT
from tests.support.stack import web_settings
from tests.support.waiting import until

ROLE = "natter_with_a_password"


@dataclass
class Login:
    """A user of a test's database whose password PostgreSQL asks for, and the file with the URL."""

    admin: Connection
    at: str
    file: Path

    async def change_password(self, password: str) -> None:
        """Change it in the database alone."""
        await self.admin.execute(f"ALTER ROLE {ROLE} PASSWORD '{password}'")

    async def cut(self) -> None:
        """End every connection of the user."""
        await self.admin.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = $1", ROLE
        )

    def write(self, password: str) -> None:
        """Put the address with `password` into the file."""
        self.file.write_text(self.url(password) + "\n")

    def url(self, password: str) -> str:
        """Return the address with `password`."""
        return f"postgresql://{ROLE}:{password}@{self.at}"


@pytest_asyncio.fixture
async def login(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Login]:
    admin = await asyncpg.connect(database_url)
    login = Login(admin, database_url.partition("@")[2], tmp_path / "database_url")
    await admin.execute(f"CREATE ROLE {ROLE} LOGIN SUPERUSER PASSWORD 'old'")
    login.write("old")
    monkeypatch.setenv("DATABASE_URL_FILE", str(login.file))
    try:
        with _asking_for_passwords(Path(await admin.fetchval("SHOW hba_file"))):
            await admin.execute("SELECT pg_reload_conf()")
            await until(lambda: _is_asked_for(login))
            yield login
    finally:
        await admin.execute("SELECT pg_reload_conf()")
        await login.cut()
        await admin.execute(f"DROP ROLE {ROLE}")
        await admin.close()


@contextmanager
def _asking_for_passwords(rules: Path) -> Iterator[None]:
    """Let PostgreSQL, once it reads its rules again, ask that user for the password."""
    before = rules.read_text()
    rules.write_text(f"local all {ROLE} scram-sha-256\n{before}")
    try:
        yield
    finally:
        rules.write_text(before)


async def _is_asked_for(login: Login) -> bool:
    try:
        await (await asyncpg.connect(login.url("wrong"))).close()
    except asyncpg.InvalidPasswordError:
        return True
    return False


async def test_open_connections_go_on_and_new_ones_are_away_until_the_file_is_right(
    login: Login,
) -> None:
    with capture_logs() as logs:
        async with (
            open_pool(lambda: login.file.read_text().strip(), size=3) as pool,
            connection(pool) as db,
        ):
            await login.change_password("new")
            assert await db.fetchval("SELECT 1") == 1
            for _ in range(2):
                with pytest.raises(DatabaseAwayError):
                    async with connection(pool):
                        pass
            assert await db.fetchval("SELECT 2") == 2
            login.write("new")
            async with connection(pool) as another:
                assert await another.fetchval("SELECT 3") == 3
    assert [(entry["event"], entry["reason"]) for entry in logs] == [
        ("database_login_refused", f'password authentication failed for user "{ROLE}"')
    ]


@pytest.mark.parametrize("wrong", ["postgresql://u:s3cr3t@host:port/n", "mysql://u:s3cr3t@h/n"])
async def test_a_file_that_holds_no_address_is_told_of_without_what_it_holds(wrong: str) -> None:
    with capture_logs() as logs:
        async with open_pool(lambda: wrong, size=1) as pool:
            with pytest.raises(DatabaseAwayError):
                async with connection(pool):
                    pass
    (entry,) = logs
    assert "DATABASE_URL is no address such as postgresql://" in entry["error"]
    assert "s3cr3t" not in str(entry)


async def test_pages_wait_for_the_new_password_and_show_all_that_was_stored(
    login: Login, nats_server: NatsServer, ai_bus: Bus
) -> None:
    with capture_logs() as logs:
        await _change_it_under(login, nats_server, ai_bus)
    events = [entry["event"] for entry in logs]
    assert events.count("database_login_refused") == 1
    assert "background_loop_failed" not in events


async def _change_it_under(login: Login, nats_server: NatsServer, ai_bus: Bus) -> None:
    async with running_web(web_settings(login.url("old"), nats_server)) as web:
        chat = await new_chat(web)
        await send(web, chat, "Stored before")
        await login.change_password("new")
        await login.cut()
        for response in (
            await web.client.get(list_path(chat)),
            await web.client.post("/chat/"),
            await web.client.post(form_path(chat), data={"content": "Refused"}, headers=FRAME),
        ):
            assert response.status_code == 503
            assert response.headers["retry-after"].isdecimal()
        assert (await web.client.get("/ready")).status_code == 503
        result = AnswerResult(message_id=2, run=1, status="complete", text="Answered meanwhile.")
        await ai_bus.publish(result_subject(2), result.model_dump_json().encode(), "result-2")
        login.write("new")

        async def is_shown() -> bool:
            page = (await web.client.get(list_path(chat))).text
            return "Stored before" in page and "Answered meanwhile." in page

        await until(is_shown)
        assert (await send(web, chat, "Stored after")).status_code == 200
        assert (await web.client.get("/ready")).status_code == 200


async def test_a_migration_that_is_refused_ends_with_what_to_do(login: Login) -> None:
    said = await _end_of_migration(login.url("wrong"))
    assert "`sh rotate.sh postgres`" in said
    assert "wrong" not in said


async def test_a_migration_without_a_database_ends_with_a_sentence(tmp_path: Path) -> None:
    said = await _end_of_migration(f"postgresql://natter:wrong@/natter?host={tmp_path}")
    assert said.startswith("No PostgreSQL answers at DATABASE_URL")


async def _end_of_migration(url: str) -> str:
    """Return the only line with which it ends."""
    command = (sys.executable, "-m", "services.web", "migrate")
    environment = {"DATABASE_URL": url, "NATS_URL": "nats://127.0.0.1:4222"}
    environment["NATTER_STREAM_KEYS"] = json.dumps(["k" * 32])
    process = await asyncio.create_subprocess_exec(
        *command, cwd=ROOT, env=environment, stdout=PIPE, stderr=PIPE
    )
    output, errors = await process.communicate()
    assert (process.returncode, output) == (1, b""), errors.decode()
    (line,) = errors.decode().splitlines()
    return line
