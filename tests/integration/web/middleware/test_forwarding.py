"""What a client says of itself as if it were a proxy: only a proxy's word counts."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from deploy.local.nats_server import NatsServer
from services.web.session_cookie import LOOPBACK_NAME
from tests.integration.web.middleware.checks import check_error_page
from tests.integration.web.pages import list_path, new_chat, running_web
from tests.support.rude_client import answer_to
from tests.support.stack import Web, web_settings

CLAIMS = {
    "x-forwarded-host": "evil.example",
    "x-forwarded-port": "666",
    "x-forwarded-prefix": "/evil.example",
    "x-forwarded-server": "evil.example",
    "x-host": "evil.example",
    "x-original-url": "/evil.example",
    "x-rewrite-url": "/evil.example",
    "x-http-method-override": "DELETE",
    "forwarded": "for=6.6.6.6;host=evil.example;proto=https",
}
PROXYS_WORD = {"x-forwarded-proto": "https", "x-forwarded-for": "6.6.6.6"}


@pytest_asyncio.fixture
async def stranger(
    database_url: str, nats_server: NatsServer, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Web]:
    """A server that trusts another proxy than this client."""
    monkeypatch.setenv("FORWARDED_ALLOW_IPS", "10.0.0.1")
    async with running_web(web_settings(database_url, nats_server)) as web:
        yield web


async def test_of_what_no_proxy_is_trusted_for_nothing_is_believed(web: Web) -> None:
    chat = await new_chat(web)
    for path in (list_path(chat), list_path(chat).removesuffix("/"), "/", "/nothing"):
        plain = await web.client.get(path)
        claimed = await web.client.get(path, headers=CLAIMS)
        assert claimed.status_code == plain.status_code
        assert claimed.headers.get("location") == plain.headers.get("location")
        assert "evil" not in claimed.text
        assert "666" not in claimed.text


async def test_a_client_that_is_no_proxy_is_not_over_tls(stranger: Web) -> None:
    headers = CLAIMS | PROXYS_WORD
    page = await stranger.client.get("/nothing", headers=headers)
    assert "strict-transport-security" not in page.headers
    led_on = await stranger.client.get("/chat", headers=headers)
    assert led_on.headers["location"] == f"http://{stranger.address}/chat/"
    own = headers | {"origin": f"http://{stranger.address}"}
    assert (await stranger.client.post("/chat/", headers=own)).status_code == 303
    # Over plain HTTP the cookie of loopback counts, and asks for the form's token.
    with_session = headers | {"cookie": f"{LOOPBACK_NAME}={'a' * 43}"}
    check_error_page(await stranger.client.post("/chat/", headers=with_session), 403)


@pytest.mark.parametrize(
    "target",
    [
        "http://evil.example/chat/",
        "http://evil.example/chat",
        "http://localhost@evil.example/chat",
        "//evil.example/chat",
        "//evil.example",
        "/\\evil.example/..",
        "/%2f/evil.example",
        "/%5cevil.example",
        "http:evil.example",
        "*",
    ],
)
async def test_no_request_target_leads_away(web: Web, target: str) -> None:
    head = f"GET {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    answer = await answer_to(web.address, head.encode())
    status, _, rest = answer.partition("\r\n")
    assert int(status.split()[1]) in (400, 404), status
    assert "location:" not in rest.lower()
