"""The first administrator, and those who are invited."""

from hashlib import sha256

import httpx2

from services.web.db.pool import Connection
from tests.support.accounts import PASSWORD, SETUP_CODE, browser, make_account
from tests.support.stack import Web

TOKEN = "t" * 43


async def set_up(client: httpx2.AsyncClient, **fields: str) -> httpx2.Response:
    data = {"code": SETUP_CODE, "name": "ann", "password": PASSWORD, **fields}
    return await client.post("/setup/", data=data)


async def sign_up(client: httpx2.AsyncClient, **fields: str) -> httpx2.Response:
    data = {"invitation": TOKEN, "name": "bob", "password": PASSWORD, **fields}
    return await client.post("/sign-up/", data=data)


async def invite(db: Connection) -> None:
    await db.execute(
        "INSERT INTO invitations (token_hash, expires_at) VALUES ($1, now() + interval '1 day')",
        sha256(TOKEN.encode()).digest(),
    )


async def test_the_first_administrator_takes_over_what_the_one_user_had(
    server: Web, db: Connection
) -> None:
    local = await db.fetchval("INSERT INTO accounts (name) VALUES ('local') RETURNING id")
    chat = await db.fetchval(
        "INSERT INTO chats (account_id, active_at) VALUES ($1, now()) RETURNING id", local
    )
    async with browser(server.address) as client:
        assert (await client.get("/sign-in/")).headers["location"] == "/setup/"
        assert (await set_up(client, code="wrong")).status_code == 422
        assert (await set_up(client, code=SETUP_CODE.lower().replace("-", " "))).status_code == 303
        assert str(chat) in (await client.get("/chat/")).headers["location"]
        assert "administrator" in (await client.get("/settings/account/")).text
    async with browser(server.address) as other:
        again = await set_up(other, name="eve")
        assert again.status_code == 422
        assert (await other.get("/setup/")).headers["location"] == "/sign-in/"
    assert await db.fetchval("SELECT count(*) FROM accounts") == 1


async def test_an_invitation_lets_one_person_in(server: Web, db: Connection) -> None:
    await invite(db)
    async with browser(server.address) as client:
        assert (await sign_up(client)).status_code == 422
    await make_account(db, "ann", is_admin=True)
    async with browser(server.address) as client:
        assert (await client.get("/sign-up/")).status_code == 403
        page = await client.get(f"/sign-up/?invitation={TOKEN}")
        assert f'value="{TOKEN}"' in page.text
        taken = await sign_up(client, name="Ann")
        assert "Somebody has this name already" in taken.text
        weak = await sign_up(client, password="password12345678")
        assert "easy to guess" in weak.text
        assert (await sign_up(client)).status_code == 303
        assert (await client.get("/chat/stream/")).status_code == 200
    async with browser(server.address) as client:
        assert (await sign_up(client, name="eve")).status_code == 422
    assert await db.fetchval("SELECT count(*) FROM accounts") == 2
