"""Who is let in, and what is said to those who are not."""

import pytest

from deploy.local.nats_server import NatsServer
from services.web.db.pool import Connection
from services.web.rendering.assets import ASSETS_PATH
from tests.integration.web.middleware.checks import check_error_page, check_security
from tests.integration.web.pages import FRAME, form_path, list_path, new_chat, running_web
from tests.support.canonical_lines import Log
from tests.support.logs import restored_logging
from tests.support.stack import Web, web_settings

__all__ = ["restored_logging"]

# Some read the name before the colon, some the one after the `@`.
NOT_HOSTS = ("localhost:80@evil.example", "me@localhost", "localhost:a", "localhost/", "localhost,")
PAGES = tuple(f"/chat/1/message/{page}/" for page in ("list", "create", "stream"))


async def test_only_the_hosts_of_this_server_are_answered(web: Web) -> None:
    chat = await new_chat(web)
    for host in (
        "evil.example",
        "127.0.0.1.evil.example",
        "localhost.",
        "",
        "[::1]",
        "127.0.0.2",
        *NOT_HOSTS,
    ):
        response = await web.client.get(list_path(chat), headers={"host": host})
        assert response.status_code == 400, host
        assert "Conversation" not in response.text
        check_security(response)
    for host in ("localhost", "127.0.0.1:1", "localhost:99999"):
        response = await web.client.get(list_path(chat), headers={"host": host})
        assert response.status_code == 200, host


async def test_nobody_is_signed_in_on_a_server_of_many(
    database_url: str, nats_server: NatsServer, db: Connection
) -> None:
    settings = web_settings(database_url, nats_server, single_user=False)
    async with running_web(settings) as web:
        for verb in ("GET", "POST", "HEAD", "DELETE", "OPTIONS"):
            for path in ("/chat/", *PAGES, "/chat/x"):
                response = await web.client.request(verb, path, headers={"accept": "*/*"})
                assert response.status_code == 401, (verb, path)
                assert response.headers["natter-refusal"] == "final"
                check_security(response)
        assert (await web.client.get("/live")).status_code == 200
    assert await db.fetchval("SELECT count(*) FROM accounts") == 0


async def test_unknown_paths_and_wrong_verbs_get_a_page_that_leads_back(web: Web) -> None:
    chat = await new_chat(web)
    for path in ("/nothing", "/chat/x/", f"/chat/{chat}/message/", f"{ASSETS_PATH}/nothing.js"):
        check_error_page(await web.client.get(path), 404)
    wrong = [
        ("PUT", list_path(chat), "GET"),
        ("POST", list_path(chat), "GET"),
        ("DELETE", form_path(chat), "GET"),
        ("PATCH", "/chat/", "GET"),
        ("POST", "/", "GET"),
        ("POST", "/live", "GET"),
    ]
    for verb, path, allowed in wrong:
        response = await web.client.request(verb, path)
        check_error_page(response, 405)
        assert allowed in response.headers["allow"]
    check_error_page(await web.client.put(f"{ASSETS_PATH}/manifest.json"), 405)


@pytest.mark.usefixtures("restored_logging")
async def test_an_unforeseen_error_shows_nothing_of_itself_and_logs_no_row(
    web: Web, db: Connection, capfd: pytest.CaptureFixture[str]
) -> None:
    log = Log(capfd)
    chat = await new_chat(web)
    await db.execute("ALTER TABLE messages ADD CONSTRAINT refused CHECK (content <> 'Secret')")
    response = await web.client.post(form_path(chat), data={"content": "Secret"}, headers=FRAME)
    await db.execute("ALTER TABLE messages DROP CONSTRAINT refused")
    check_error_page(response, 500)
    assert "refused" not in response.text
    assert await db.fetchval("SELECT count(*) FROM messages") == 0
    (line,) = log.lines("request_failed")
    assert (line["error"], line["sqlstate"]) == ("CheckViolationError", "23514")
    assert "Secret" not in log.said


async def test_only_a_demo_says_that_it_is_one(
    web: Web, database_url: str, nats_server: NatsServer
) -> None:
    chat = await new_chat(web)
    assert "The demo model is answering." not in (await web.client.get(list_path(chat))).text
    async with running_web(web_settings(database_url, nats_server, demo=True)) as demo:
        page = (await demo.client.get(list_path(chat))).text
    assert "The demo model is answering." in page
