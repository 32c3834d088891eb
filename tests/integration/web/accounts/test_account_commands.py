"""The commands of accounts, as an operator runs them: in a process of their own."""

import asyncio
import fcntl
import os
import sys
import termios
from asyncio.subprocess import DEVNULL, PIPE
from dataclasses import dataclass, field
from pathlib import Path

import asyncpg
import pytest

from services.web.db.migrate import read_migrations
from services.web.db.pool import Connection
from tests.support.accounts import PASSWORD, browser, make_account, sign_in
from tests.support.gateways import ROOT
from tests.support.shell import Outcome, heed_ctrl_c
from tests.support.stack import Web
from tests.support.waiting import DEADLINE_SECONDS, until

NEW = "five other words nobody joins"
COMMAND = (sys.executable, "-m", "services.natter")
JSON = {"accept": "application/json"}


@dataclass(frozen=True, slots=True)
class Operator:
    """Somebody at the server's command line, with these variables and no others."""

    folder: Path
    variables: dict[str, str] = field(default_factory=dict)

    async def run(self, *arguments: str, typed: bytes | None = None, **variables: str) -> Outcome:
        process = await asyncio.create_subprocess_exec(
            *COMMAND,
            *arguments,
            cwd=self.folder,
            env={"PYTHONPATH": str(ROOT), **self.variables, **variables},
            stdin=DEVNULL if typed is None else PIPE,
            stdout=PIPE,
            stderr=PIPE,
        )
        async with asyncio.timeout(DEADLINE_SECONDS):
            output, errors = await process.communicate(typed)
        return Outcome(process.returncode, output.decode(), errors.decode())

    async def create(self, name: str, password: str, *options: str, **variables: str) -> Outcome:
        arguments = ("create-account", name, "--password-stdin", *options)
        return await self.run(*arguments, typed=f"{password}\n".encode(), **variables)

    async def at_terminal(self, *arguments: str, keys: str) -> tuple[int, str]:
        """Answer each question with a line of `keys`; return the status and all that was seen."""
        ours, theirs = os.openpty()
        process = await asyncio.create_subprocess_exec(
            *COMMAND,
            *arguments,
            cwd=self.folder,
            env={"PYTHONPATH": str(ROOT), **self.variables},
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
            preexec_fn=_sit_down,
        )
        os.close(theirs)
        seen = await asyncio.to_thread(_typing, ours, keys.splitlines(keepends=True))
        os.close(ours)
        async with asyncio.timeout(DEADLINE_SECONDS):
            return await process.wait(), seen


def _sit_down() -> None:
    heed_ctrl_c()
    # The terminal becomes that of the session, so that Ctrl+C on it reaches the command.
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


def _typing(terminal: int, lines: list[str]) -> str:
    seen = ""
    while True:
        try:
            seen += os.read(terminal, 1000).decode()
        except OSError:  # the command has ended
            return seen
        # What is typed before a question is thrown away.
        if seen.endswith(": ") and lines:
            os.write(terminal, lines.pop(0).encode())


@pytest.fixture
def operator(database_url: str, tmp_path: Path) -> Operator:
    return Operator(tmp_path, {"DATABASE_URL": database_url})


async def test_accounts_are_made_invited_disabled_and_enabled(
    operator: Operator, server: Web
) -> None:
    assert await operator.run("setup-status") == Outcome(0, "open\n", "")
    made = await operator.create(" Ann ", PASSWORD, "--admin")
    assert made == Outcome(0, "ann has an account, and is an administrator\n", "")
    assert await operator.run("setup-status") == Outcome(0, "done\n", "")
    taken = await operator.create("ANN", PASSWORD)
    assert taken.status == 2
    assert "Somebody has this name already" in taken.errors
    invited = await operator.run("invite", "--days", "1", "--address", f"http://{server.address}/")
    assert invited.output.startswith(f"http://{server.address}/sign-up/?invitation=")
    async with browser(server.address) as ann, browser(server.address) as bob:
        page = await bob.get(invited.output.strip())
        assert page.status_code == 200
        data = {"invitation": invited.output.strip().rpartition("=")[2], "name": "bob"}
        signed_up = await bob.post("/sign-up/", data={**data, "password": PASSWORD})
        assert signed_up.status_code == 303
        assert (await sign_in(ann, "ann")).status_code == 303


async def test_a_person_is_kept_out_and_let_in_with_another_password(
    operator: Operator, server: Web, db: Connection
) -> None:
    await make_account(db, "ann", is_admin=True)
    await make_account(db, "bob")
    async with browser(server.address) as ann, browser(server.address) as bob:
        await sign_in(ann, "ann")
        await sign_in(bob, "bob")
        disabled = await operator.run("disable-account", "BOB")
        assert (disabled.status, disabled.output[:4]) == (0, "bob ")
        assert (await bob.get("/chat/stream/", headers=JSON)).status_code == 401
        assert (await sign_in(bob, "bob")).status_code == 422
        assert (await operator.run("enable-account", "bob")).status == 0
        assert (await sign_in(bob, "bob")).status_code == 303
        typed = f"{NEW}\r\n".encode()
        reset = await operator.run("reset-password", "bob", "--password-stdin", typed=typed)
        assert reset == Outcome(0, "bob has a new password, and is signed out everywhere\n", "")
        assert (await bob.get("/chat/stream/", headers=JSON)).status_code == 401
        assert (await sign_in(bob, "bob")).status_code == 422
        assert (await sign_in(bob, "bob", NEW)).status_code == 303
        assert (await ann.get("/chat/stream/", headers=JSON)).status_code == 200

    async def is_passed_on() -> bool:
        return not await db.fetchval("SELECT count(*) FROM outbox")

    # The gateways learn of all of that.
    await until(is_passed_on)


async def test_a_password_is_typed_twice_at_a_terminal_and_not_shown(
    operator: Operator, db: Connection
) -> None:
    typed = f"{PASSWORD}\n{PASSWORD}\n"
    status, seen = await operator.at_terminal("create-account", "ann", keys=typed)
    assert (status, PASSWORD in seen) == (0, False), seen
    assert await db.fetchval("SELECT name FROM accounts") == "ann"
    for keys, said in {
        f"{NEW}\n{PASSWORD}\n": "two different passwords",
        "short\nshort\n": "15 characters or more",
        "\x04": "no password was typed",
    }.items():
        status, seen = await operator.at_terminal("reset-password", "ann", keys=keys)
        assert (status, said in seen) == (2, True), seen
    status, seen = await operator.at_terminal("reset-password", "ann", keys="\x03")
    assert (status, "Traceback" in seen) == (130, False), seen


async def test_what_is_wrong_is_said_and_changes_nothing(
    operator: Operator, db: Connection
) -> None:
    await make_account(db, "ann")
    stored = await db.fetch("SELECT * FROM accounts")
    wrong = {
        ("reset-password", "bob", "--password-stdin"): "nobody is named bob",
        ("disable-account", "bob"): "nobody is named bob",
        ("enable-account", "local"): "a name has",
        ("create-account", "a b", "--password-stdin"): "a name has",
        ("create-account", "bob"): "use --password-stdin",
        ("invite", "--days", "0"): "no number from 1 to 365",
    }
    for arguments, said in wrong.items():
        refused = await operator.run(*arguments, typed=f"{PASSWORD}\n".encode())
        assert (refused.status, refused.output) == (2, ""), arguments
        assert said in refused.errors
        assert PASSWORD not in refused.errors
    for password in (b"passwordpassword\n", b"", b"\n", b"\xff\xfe latin words nobody joins\n"):
        refused = await operator.run("create-account", "bob", "--password-stdin", typed=password)
        assert refused.status == 2, password
        assert refused.errors.startswith("natter: refused: ")
        assert refused.errors.count("\n") == 1
    assert await db.fetch("SELECT * FROM accounts") == stored
    assert not await db.fetchval("SELECT count(*) FROM invitations")


async def test_the_database_is_found_in_a_file(
    operator: Operator, database_url: str, tmp_path: Path
) -> None:
    secret = tmp_path / "secret"
    secret.write_text(f"{database_url}\n")
    by_file = Operator(tmp_path, {"DATABASE_URL_FILE": str(secret)})
    assert (await by_file.create("ann", PASSWORD, "--admin")).status == 0
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "database.env").write_text(f"DATABASE_URL={database_url}\n")
    by_folder = Operator(tmp_path, {"NATTER_DATA_DIR": str(folder)})
    assert (await by_folder.run("setup-status")).output == "done\n"
    assert operator.variables["DATABASE_URL"] == database_url


async def test_a_database_that_cannot_be_used_is_named_as_that(
    empty_database_url: str, database_url: str, tmp_path: Path
) -> None:
    wrong_file = {"DATABASE_URL_FILE": str(tmp_path / "none")}
    old = await asyncpg.connect(database_url)
    await old.execute(
        "DELETE FROM schema_migrations WHERE version = $1", read_migrations()[-1].version
    )
    await old.close()
    away = "postgresql://natter:hunter2@127.0.0.1:1/natter"
    cases: list[tuple[dict[str, str], int, str]] = [
        ({}, 2, "DATABASE_URL is not set"),
        (wrong_file, 2, "DATABASE_URL_FILE"),
        ({"DATABASE_URL": "hunter2"}, 1, "no answer from PostgreSQL"),
        ({"DATABASE_URL": away}, 1, "no answer from PostgreSQL"),
        ({"DATABASE_URL": f"{database_url}_none"}, 1, "no answer from PostgreSQL"),
        ({"DATABASE_URL": empty_database_url}, 1, "the database is older than this command"),
        ({"DATABASE_URL": database_url}, 1, "the database is older than this command"),
        (
            {"DATABASE_URL": database_url, "NATTER_WEB_PASSWORD_MIN_CHARS": "many"},
            2,
            "NATTER_WEB_PASSWORD_MIN_CHARS",
        ),
    ]
    for variables, status, said in cases:
        failed = await Operator(tmp_path, variables).run("setup-status")
        assert (failed.status, failed.output) == (status, ""), failed
        assert said in failed.errors
        assert "Traceback" not in failed.errors
        assert "hunter2" not in failed.errors


async def test_help_names_the_commands_of_both_services_and_loads_no_database(
    tmp_path: Path,
) -> None:
    shown = await Operator(tmp_path).run("--help", PYTHONPROFILEIMPORTTIME="1")
    assert shown.status == 0
    for command in ("publish", "tail", "kick", "create-account", "invite", "setup-status"):
        assert command in shown.output
    # `natter publish` runs in scripts, and is started often.
    for module in ("asyncpg", "argon2", "starlette"):
        assert f" {module}\n" not in shown.errors
