"""Into an account and out of it."""

from collections.abc import AsyncIterator

import pytest_asyncio

from deploy.local.nats_server import NatsServer
from services.web.db.pool import Connection
from tests.integration.web.pages import running_web
from tests.support.accounts import PASSWORD, browser, make_account, sign_in
from tests.support.stack import Web, web_settings


@pytest_asyncio.fixture
async def server(database_url: str, nats_server: NatsServer) -> AsyncIterator[Web]:
    """A server with accounts."""
    async with running_web(web_settings(database_url, nats_server, single_user=False)) as web:
        yield web


async def test_somebody_signs_in_and_out(server: Web, db: Connection) -> None:
    await make_account(db, "ann", is_admin=True)
    async with browser(server.address) as client:
        response = await client.get("/chat/7/message/list/?around=3")
        assert response.status_code == 303
        place = response.headers["location"]
        page = await client.get(place)
        assert page.status_code == 200
        assert 'value="/chat/7/message/list/?around=3"' in page.text
        wrong = await sign_in(client, "Ann", "something else that is long")
        assert wrong.status_code == 422
        assert "do not belong together" in wrong.text
        assert "set-cookie" not in wrong.headers
        right = await sign_in(client, " ANN ", next="/settings/account/")
        assert right.status_code == 303
        assert right.headers["location"] == "/settings/account/"
        account = await client.get("/settings/account/")
        assert account.status_code == 200, account.text
        assert "<strong" in account.text
        token = await client.get("/chat/stream/")
        assert token.status_code == 200
        out = await client.post("/sign-out/")
        assert out.headers["location"] == "/sign-in/"
        refused = await client.get("/chat/stream/", headers={"accept": "application/json"})
        assert refused.status_code == 401
        assert refused.headers["natter-refusal"] == "final"
        assert await db.fetchval("SELECT count(*) FROM sessions") == 0
