"""Requests that pages of other sites send: refused, whatever browser sends them."""

import httpx2

from services.web.db.pool import Connection
from tests.integration.web.middleware.checks import check_error_page
from tests.integration.web.pages import form_path, list_path, new_chat
from tests.support.stack import Web

# By `{host}` is meant the address of the server.
FOREIGN = (
    {"sec-fetch-site": "cross-site"},
    {"sec-fetch-site": "same-site"},
    {"sec-fetch-site": ""},
    {"sec-fetch-site": "same-origin, cross-site"},
    {"sec-fetch-site": "cross-site", "origin": "http://{host}"},
    {"sec-fetch-site": "cross-site", "origin": "null"},
    {"sec-fetch-site": "none", "origin": "http://evil.example"},
    {"sec-fetch-site": "none", "origin": "null"},
    {"sec-fetch-site": "same-origin", "origin": "http://evil.example"},
    {"sec-fetch-site": "same-origin", "origin": "http://127.0.0.1:1"},
    {"origin": "http://evil.example"},
    {"origin": "http://{host}.evil.example"},
    {"origin": "http://evil.example/{host}"},
    {"origin": "http://evil@{host}"},
    {"origin": "http://{host}/"},
    {"origin": "http://{host} http://evil.example"},
    {"origin": "ftp://{host}"},
    {"origin": "{host}"},
    {"origin": "http://127.0.0.1"},
    {"origin": "http://127.0.0.1:1"},
    {"origin": "http://["},
    {"origin": "http://"},
    {"origin": "null"},
    {"origin": ""},
    # The connection is over TLS, says the proxy, and this page is not.
    {"x-forwarded-proto": "https", "origin": "http://{host}"},
)
OWN: tuple[dict[str, str], ...] = (
    {},
    {"sec-fetch-site": "same-origin"},
    {"sec-fetch-site": "none"},
    # From a page to which a proxy adds `Referrer-Policy: no-referrer`.
    {"sec-fetch-site": "same-origin", "origin": "null"},
    {"sec-fetch-site": "same-origin", "origin": "http://{host}"},
    {"sec-fetch-site": "none", "origin": "http://{host}"},
    {"origin": "http://{host}"},
    {"origin": "https://{host}"},
    {"x-forwarded-proto": "https", "origin": "https://{host}"},
    {"host": "LocalHost", "origin": "http://localhost"},
    {"host": "localhost:80", "origin": "http://localhost"},
    {"host": "localhost:443", "origin": "https://localhost"},
)
TWICE = (
    [("sec-fetch-site", "same-origin"), ("sec-fetch-site", "cross-site")],
    [("origin", "http://{host}"), ("origin", "http://evil.example")],
)


def with_host(web: Web, headers: dict[str, str]) -> dict[str, str]:
    return {name: value.format(host=web.address) for name, value in headers.items()}


async def test_a_form_of_another_sites_page_is_refused(web: Web, db: Connection) -> None:
    chat = await new_chat(web)
    for headers in FOREIGN:
        for path in ("/chat/", form_path(chat)):
            response = await web.client.post(
                path, data={"content": "Hello"}, headers=with_host(web, headers)
            )
            check_error_page(response, 403)
    for pairs in TWICE:
        headers_twice = [(name, value.format(host=web.address)) for name, value in pairs]
        check_error_page(await web.client.post("/chat/", headers=headers_twice), 403)
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


async def test_no_script_of_another_site_reads_a_response(web: Web) -> None:
    chat = await new_chat(web)
    asked = {"access-control-request-method": "POST", "access-control-request-headers": "x-any"}
    for origin in ("https://evil.example", "null", f"http://{web.address}"):
        headers = {"origin": origin, "sec-fetch-site": "cross-site"}
        answers: list[httpx2.Response] = [
            await web.client.options(form_path(chat), headers=headers | asked),
            await web.client.options("/chat/", headers=headers | asked),
            await web.client.get(list_path(chat), headers=headers),
            await web.client.get("/chat/stream/", headers=headers),
            await web.client.post("/chat/", headers=headers),
        ]
        for answer in answers:
            assert not [name for name in answer.headers if name.startswith("access-control-")]
            assert answer.headers["cross-origin-resource-policy"] == "same-origin"
        assert [answer.status_code for answer in answers[:2]] == [405, 405]
