"""Two things that happen at once: one of them wins, or the later one does."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from hashlib import sha256

import httpx2
import pytest
from argon2 import PasswordHasher

from services.web.accounts.passwords import Passwords
from services.web.accounts.queries import set_disabled, set_password
from services.web.db.pool import Connection
from services.web.forms import LOOK_AGAIN_SECONDS
from services.web.removal.queries import mark_deleted
from tests.support.accounts import (
    PASSWORD,
    SETUP_CODE,
    browser,
    make_account,
    natter_command,
    sign_in,
)
from tests.support.stack import Web
from tests.support.waiting import passed

TOKEN = "t" * 43
NEW = "five other words nobody joins"
JSON = {"accept": "application/json"}
# Weaker than today's, as they were once or will have been.
OLDER = PasswordHasher(time_cost=1, memory_cost=1024)

type Change = Callable[[Connection, int], Awaitable[None]]


async def post(client: httpx2.AsyncClient, path: str, **fields: str) -> int:
    data = {"password": PASSWORD, **fields}
    return (await client.post(path, data=data)).status_code


async def test_of_two_first_administrators_there_is_one(server: Web, db: Connection) -> None:
    await db.execute("INSERT INTO accounts (name) VALUES ('local')")
    async with browser(server.address) as one, browser(server.address) as other:
        found = await asyncio.gather(
            post(one, "/setup/", code=SETUP_CODE, name="ann"),
            post(other, "/setup/", code=SETUP_CODE, name="bob"),
        )
    assert sorted(found) == [303, 422]
    assert await db.fetchval("SELECT count(*) FROM accounts") == 1


@pytest.mark.parametrize("names", [("bob", "eve"), ("bob", "BOB")])
async def test_of_two_people_with_one_invitation_one_is_let_in(
    server: Web, db: Connection, names: tuple[str, str]
) -> None:
    await make_account(db, "ann", is_admin=True)
    await db.execute(
        "INSERT INTO invitations (token_hash, expires_at) VALUES ($1, now() + interval '1 day')",
        sha256(TOKEN.encode()).digest(),
    )
    async with browser(server.address) as one, browser(server.address) as other:
        found = await asyncio.gather(
            post(one, "/sign-up/", invitation=TOKEN, name=names[0]),
            post(other, "/sign-up/", invitation=TOKEN, name=names[1]),
        )
    assert sorted(found) == [303, 422]
    assert await db.fetchval("SELECT count(*) FROM accounts") == 2


async def change(db: Connection, account: int) -> None:
    await set_password(db, OLDER.hash(NEW), account_id=account)


async def disable(db: Connection, account: int) -> None:
    await set_disabled(db, name="ann", is_disabled=True)
    assert account


async def delete(db: Connection, account: int) -> None:
    await mark_deleted(db, account_id=account)


async def remove(db: Connection, account: int) -> None:
    await db.execute("DELETE FROM accounts WHERE id = $1", account)


@pytest.mark.parametrize("happens", [change, disable, delete, remove])
@pytest.mark.parametrize("stored", [PasswordHasher(), OLDER], ids=["new", "outdated"])
async def test_a_sign_in_that_is_overtaken_is_refused(
    server: Web,
    db: Connection,
    monkeypatch: pytest.MonkeyPatch,
    happens: Change,
    stored: PasswordHasher,
) -> None:
    account = await make_account(db, "ann", is_admin=True)
    await set_password(db, stored.hash(PASSWORD), account_id=account)
    verify = Passwords.verify

    async def overtaken(self: Passwords, password_hash: str | None, password: str) -> bool:
        is_right = await verify(self, password_hash, password)
        monkeypatch.undo()
        await happens(db, account)
        return is_right

    monkeypatch.setattr(Passwords, "verify", overtaken)
    async with browser(server.address) as client:
        refused = await sign_in(client, "ann")
        assert refused.status_code == 422
        assert not client.cookies
        assert await db.fetchval("SELECT count(*) FROM sessions") == 0
        # What is checked anew with an outdated hash must not bring the old password back.
        if happens is change:
            assert (await sign_in(client, "ann")).status_code == 422
            assert (await sign_in(client, "ann", NEW)).status_code == 303


async def test_an_overtaken_form_of_the_account_changes_nothing(
    server: Web, db: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = await make_account(db, "ann", is_admin=True)
    verify = Passwords.verify

    async def overtaken(self: Passwords, password_hash: str | None, password: str) -> bool:
        is_right = await verify(self, password_hash, password)
        monkeypatch.undo()
        await change(db, account)
        return is_right

    async with browser(server.address) as client:
        await sign_in(client, "ann")
        forms = {"password": {"present": PASSWORD, "new": "words of a thief who came too late"}}
        forms["delete"] = {"confirm": PASSWORD}
        for path, form in forms.items():
            monkeypatch.setattr(Passwords, "verify", overtaken)
            refused = await client.post(f"/settings/account/{path}/", data=form)
            assert refused.status_code == 422
            assert "This is not your password." in refused.text
            await set_password(db, PasswordHasher().hash(PASSWORD), account_id=account)
        assert (await sign_in(client, "ann")).status_code == 303


async def test_sign_ins_at_once_renew_an_outdated_hash_and_all_succeed(
    server: Web, db: Connection
) -> None:
    account = await make_account(db, "ann", is_admin=True)
    await set_password(db, OLDER.hash(PASSWORD), account_id=account)
    async with browser(server.address) as one, browser(server.address) as other:
        found = await asyncio.gather(sign_in(one, "ann"), sign_in(other, "ann"))
        assert [answer.status_code for answer in found] == [303, 303]
        stored = await db.fetchval("SELECT password_hash FROM accounts")
        assert not PasswordHasher().check_needs_rehash(stored)
        assert (await sign_in(one, "ann")).status_code == 303
        assert await db.fetchval("SELECT password_hash FROM accounts") == stored


async def test_who_signs_out_twice_is_signed_out(server: Web, db: Connection) -> None:
    await make_account(db, "ann", is_admin=True)
    async with browser(server.address) as client:
        await sign_in(client, "ann")
        outs = await asyncio.gather(client.post("/sign-out/"), client.post("/sign-out/"))
        assert [out.status_code for out in outs] == [303, 303]
        assert (await client.post("/sign-out/")).status_code == 303
        assert (await client.get("/chat/stream/", headers=JSON)).status_code == 401


@pytest.mark.parametrize("stored", ["", "x", "ünsinn", "$argon2id$v=19$m=8,t=1,p=1$$"])
async def test_a_malformed_hash_is_a_wrong_password(
    server: Web, db: Connection, stored: str
) -> None:
    account = await make_account(db, "ann", is_admin=True)
    await set_password(db, stored, account_id=account)
    async with browser(server.address) as client:
        for password in ("", PASSWORD):
            assert (await sign_in(client, "ann", password)).status_code == 422


async def test_a_form_that_arrives_after_the_end_of_its_session_is_refused(
    server: Web, db: Connection, database_url: str
) -> None:
    await make_account(db, "ann", is_admin=True)
    async with browser(server.address) as client:
        await sign_in(client, "ann")
        chat = (await client.post("/chat/")).headers["location"].split("/")[2]

        async def slowly() -> AsyncIterator[bytes]:
            yield b"content="
            await natter_command(database_url, "disable-account", "ann")
            await passed(LOOK_AGAIN_SECONDS)
            yield b"Hello"

        refused = await client.post(
            f"/chat/{chat}/message/create/",
            content=slowly(),
            headers={"content-type": "application/x-www-form-urlencoded", "content-length": "13"},
        )
    assert refused.status_code == 401
    assert await db.fetchval("SELECT count(*) FROM messages") == 0
