"""Into an account and out of it."""

from services.web.db.pool import Connection
from tests.support.accounts import browser, make_account, sign_in
from tests.support.stack import Web


async def test_a_sign_in_leads_back_to_where_one_was(server: Web, db: Connection) -> None:
    await make_account(db, "ann", is_admin=True)
    async with browser(server.address) as client:
        response = await client.get("/chat/7/message/list/?around=3")
        assert response.status_code == 303
        page = await client.get(response.headers["location"])
        assert 'value="/chat/7/message/list/?around=3"' in page.text
        right = await sign_in(client, " ANN ", next="/chat/7/message/list/?around=3")
        assert right.status_code == 303
        assert right.headers["location"] == "/chat/7/message/list/?around=3"
        account = await client.get("/settings/account/")
        assert '<strong dir="auto">ann</strong>' in account.text
        assert (await client.get("/chat/stream/")).status_code == 200
        again = await client.get("/sign-in/?next=/search/")
        assert again.headers["location"] == "/search/"


async def test_a_wrong_password_is_told_and_the_name_is_kept(server: Web, db: Connection) -> None:
    await make_account(db, "ann", is_admin=True)
    async with browser(server.address) as client:
        wrong = await sign_in(client, "Ann", "something else that is long")
        nobody = await sign_in(client, "bob")
    assert wrong.status_code == nobody.status_code == 422
    assert "name or the password is wrong" in wrong.text
    assert 'value="ann"' in wrong.text
    assert nobody.text == wrong.text.replace('value="ann"', 'value="bob"')
    assert "set-cookie" not in wrong.headers


async def test_a_session_ends_with_the_sign_out(server: Web, db: Connection) -> None:
    await make_account(db, "ann", is_admin=True)
    async with browser(server.address) as client:
        await sign_in(client, "ann")
        cookies = dict(client.cookies)
        out = await client.post("/sign-out/")
        assert out.headers["location"] == "/sign-in/?note=out"
        assert not client.cookies
        # Even for somebody who has copied the cookie.
        client.cookies.update(cookies)
        refused = await client.get("/chat/stream/", headers={"accept": "application/json"})
        assert refused.status_code == 401
        assert refused.headers["natter-refusal"] == "final"
    assert await db.fetchval("SELECT count(*) FROM sessions") == 0
