"""Who is let in, from where, and what every answer tells the browser."""

import httpx2
import pytest

from deploy.local.nats_server import NatsServer
from services.web.db.pool import Connection
from services.web.rendering.assets import ASSETS_PATH
from tests.integration.web.pages import FRAME, form_path, list_path, new_chat, running_web, send
from tests.support.canonical_lines import Log
from tests.support.logs import restored_logging
from tests.support.stack import Web, web_settings

__all__ = ["restored_logging"]

HEADERS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
}
FOREIGN = (
    {"sec-fetch-site": "cross-site"},
    {"sec-fetch-site": "same-site"},
    {"sec-fetch-site": ""},
    {"sec-fetch-site": "cross-site", "origin": "http://{host}"},
    {"origin": "http://evil.example"},
    {"origin": "http://{host}.evil.example"},
    {"origin": "http://evil.example/{host}"},
    {"origin": "http://evil@{host}"},
    {"origin": "http://127.0.0.1:1"},
    {"origin": "http://["},
    {"origin": "null"},
    {"origin": ""},
)
# What Caddy sends on while the rest of a request has not come; it holds back more.
SENT_AT_ONCE = 4096
PAGES = tuple(f"/chat/1/message/{page}/" for page in ("list", "create", "stream"))
OWN: tuple[dict[str, str], ...] = (
    {},
    {"sec-fetch-site": "same-origin"},
    {"sec-fetch-site": "none"},
    {"sec-fetch-site": "same-origin", "origin": "null"},
    {"origin": "http://{host}"},
    {"origin": "https://{host}"},
)


def with_host(web: Web, headers: dict[str, str]) -> dict[str, str]:
    return {name: value.format(host=web.address) for name, value in headers.items()}


def check_error_page(response: httpx2.Response, status: int) -> None:
    assert response.status_code == status
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert f'<p class="error-page__status">{status}</p>' in response.text
    assert '<a class="button" href="/chat/">' in response.text
    assert len(response.content) <= SENT_AT_ONCE
    # By this an open page knows it from a proxy's answer.
    assert ("natter-refusal" in response.headers) == (status < 500)
    check_security(response)


def check_security(response: httpx2.Response) -> None:
    for name, value in HEADERS.items():
        assert response.headers.get_list(name) == [value]
    (policy,) = response.headers.get_list("content-security-policy")
    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy


async def test_a_form_of_another_sites_page_is_refused(web: Web, db: Connection) -> None:
    chat = await new_chat(web)
    for headers in FOREIGN:
        for path in ("/chat/", form_path(chat)):
            response = await web.client.post(
                path, data={"content": "Hello"}, headers=with_host(web, headers)
            )
            check_error_page(response, 403)
    assert await db.fetchval("SELECT count(*) FROM chats") == 1
    assert await db.fetchval("SELECT count(*) FROM messages") == 0


async def test_a_form_of_ones_own_page_passes(web: Web) -> None:
    for headers in OWN:
        response = await web.client.post("/chat/", headers=with_host(web, headers))
        assert response.status_code == 303, headers


async def test_a_link_on_another_site_may_lead_here(web: Web) -> None:
    chat = await new_chat(web)
    response = await web.client.get(list_path(chat), headers={"sec-fetch-site": "cross-site"})
    assert response.status_code == 200


async def test_only_the_hosts_of_this_server_are_answered(web: Web) -> None:
    chat = await new_chat(web)
    for host in ("evil.example", "127.0.0.1.evil.example", "localhost.", "", "[::1]", "127.0.0.2"):
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
                response = await web.client.request(verb, path)
                assert response.status_code == 401, (verb, path)
        check_error_page(await web.client.get("/chat/"), 401)
        assert (await web.client.get("/live")).status_code == 200
    assert await db.fetchval("SELECT count(*) FROM accounts") == 0


async def test_every_kind_of_answer_carries_the_security_headers(web: Web) -> None:
    chat = await new_chat(web)
    answers = [
        *[await web.client.get(path) for path in ("/", "/chat/", "/chat", "/live", "/ready")],
        await web.client.get(list_path(chat)),
        await web.client.get(form_path(chat)),
        await send(web, chat, "Hello"),
        await send(web, chat, ""),
        await web.client.get(f"{ASSETS_PATH}/manifest.json"),
    ]
    for answer in answers:
        check_security(answer)


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


async def test_a_page_may_not_be_kept_by_caches(web: Web) -> None:
    chat = await new_chat(web)
    for path in (list_path(chat), form_path(chat), "/nothing"):
        response = await web.client.get(path)
        assert response.headers["cache-control"] == "no-store"


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
