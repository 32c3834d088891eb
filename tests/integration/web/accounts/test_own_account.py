"""The page of one's own account: sessions, password, deletion."""

import re

from services.shared.bus.connection import open_bus
from services.shared.bus.subjects import (
    AI_JOBS,
    AI_SUSPECTS,
    AI_TEXT,
    TURBO_STREAM,
    job_subject,
    suspect_subject,
)
from services.web.db.pool import Connection
from tests.integration.web.pages import form_path
from tests.integration.web.shared import Shared
from tests.support.accounts import PASSWORD, browser, make_account, sign_in
from tests.support.stack import Web
from tests.support.waiting import until

JSON = {"accept": "application/json"}
NEW = "five other words nobody joins"


async def test_devices_are_listed_and_signed_out_one_by_one(server: Web, db: Connection) -> None:
    await make_account(db, "ann", is_admin=True)
    async with browser(server.address) as here, browser(server.address) as there:
        there.headers["user-agent"] = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Firefox/140.0"
        await sign_in(here, "ann")
        await sign_in(there, "ann")
        page = (await here.get("/settings/account/")).text
        assert "Firefox on Linux" in page
        (other,) = re.findall(r"/settings/account/sessions/(\d+)/end/", page)
        ended = await here.post(f"/settings/account/sessions/{other}/end/")
        assert ended.status_code == 303
        assert (await there.get("/chat/stream/", headers=JSON)).status_code == 401
        assert (await here.get("/chat/stream/", headers=JSON)).status_code == 200
        assert (await here.post(f"/settings/account/sessions/{other}/end/")).status_code == 404
        await sign_in(there, "ann")
        everywhere = await here.post("/settings/account/sessions/end/")
        assert everywhere.headers["location"] == "/sign-in/?note=out"
        for client in (here, there):
            assert (await client.get("/chat/stream/", headers=JSON)).status_code == 401


async def test_a_new_password_signs_all_others_out(server: Web, db: Connection) -> None:
    await make_account(db, "ann", is_admin=True)
    async with browser(server.address) as here, browser(server.address) as there:
        await sign_in(here, "ann")
        await sign_in(there, "ann")
        path = "/settings/account/password/"
        wrong = await here.post(path, data={"present": "not this one at all", "new": NEW})
        assert wrong.status_code == 422
        weak = await here.post(path, data={"present": PASSWORD, "new": "short"})
        assert "15 characters or more" in weak.text
        before = here.cookies["natter_session"]
        changed = await here.post(path, data={"present": PASSWORD, "new": NEW})
        assert changed.status_code == 303
        assert here.cookies["natter_session"] != before
        assert (await here.get("/chat/stream/", headers=JSON)).status_code == 200
        assert (await there.get("/chat/stream/", headers=JSON)).status_code == 401
        assert (await sign_in(there, "ann")).status_code == 422
        assert (await sign_in(there, "ann", NEW)).status_code == 303


async def test_a_deleted_account_leaves_nothing_behind(
    server: Web, db: Connection, shared: Shared
) -> None:
    account = await make_account(db, "ann", is_admin=True)
    await make_account(db, "bob", is_admin=True)
    async with browser(server.address) as ann, browser(server.address) as bob:
        await sign_in(ann, "ann")
        await sign_in(bob, "bob")
        for client in (ann, bob):
            chat = (await client.post("/chat/")).headers["location"].split("/")[2]
            await client.post(form_path(int(chat)), data={"content": "Hello"})
        # A job over which a worker has died waits under another subject.
        answer = await db.fetchval(
            "SELECT max(messages.id) FROM messages JOIN chats"
            " ON chats.id = chat_id WHERE account_id = $1",
            account,
        )
        suspect = suspect_subject(job_subject(answer), 7)
        async with open_bus(shared.nats.url("ai"), name="test-suspect") as ai:
            await ai.publish(suspect, b"Hello", "suspect")
        path = "/settings/account/delete/"
        assert (await ann.post(path, data={"confirm": "wrong"})).status_code == 422
        deleted = await ann.post(path, data={"confirm": PASSWORD})
        assert deleted.status_code == 303
        assert (await ann.get("/chat/stream/", headers=JSON)).status_code == 401
        assert (await sign_in(ann, "ann")).status_code == 422

        async def is_gone() -> bool:
            count = "SELECT count(*) FROM accounts WHERE id = $1"
            return not await db.fetchval(count, account)

        await until(is_gone)
        assert (await bob.get("/chat/stream/", headers=JSON)).status_code == 200
    assert await db.fetchval("SELECT count(*) FROM messages") == 2
    jetstream = shared.bus.jetstream
    for stream, kept in ((AI_JOBS, 1), (AI_SUSPECTS, 0), (AI_TEXT, 0), (TURBO_STREAM, 2)):
        info = await jetstream.stream_info(stream, subjects_filter=">")
        assert len(info.state.subjects or {}) == kept, (stream, info.state.subjects)
