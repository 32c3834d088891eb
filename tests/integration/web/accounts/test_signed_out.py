"""What somebody gets who is not signed in any more: the way back, and the text that was sent."""

import re
from collections.abc import AsyncIterator
from html import unescape
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
import pytest_asyncio

from deploy.local.nats_server import NatsServer
from services.web.signed_out import MAX_FORM_BYTES
from tests.integration.web.pages import FRAME, TURBO, form_path, list_path, running_web
from tests.support.stack import Web, web_settings

TEXT = "\n<b>Two</b> & more\n</textarea><script>alert(1)</script> ☃"


@pytest_asyncio.fixture(params=["", "/natter"])
async def server(
    request: pytest.FixtureRequest, database_url: str, nats_server: NatsServer
) -> AsyncIterator[Web]:
    """A server with accounts, also below a path."""
    settings = web_settings(database_url, nats_server, single_user=False, base_path=request.param)
    async with running_web(settings) as web:
        yield web


def base_path_of(web: Web, response: httpx2.Response) -> str:
    found = re.search(r'<meta name="turbo-root" content="(.*)/">', response.text)
    assert found, web.address
    return found[1]


def way_back(web: Web, response: httpx2.Response) -> str:
    assert response.status_code == 401
    assert response.headers["natter-refusal"] == "final"
    (address,) = re.findall(
        r'<a class="button button--primary" href="([^"]*)">Sign in', response.text
    )
    parts = urlsplit(unescape(address))
    assert parts.path == f"{base_path_of(web, response)}/sign-in/"
    (next_path,) = parse_qs(parts.query)["next"]
    return next_path


def text_of(response: httpx2.Response) -> str | None:
    found = re.search(r"<textarea[^>]*readonly[^>]*>(.*)</textarea>", response.text, re.DOTALL)
    return unescape(found[1].removeprefix("\n")) if found else None


async def test_the_page_holds_the_text_and_leads_back(server: Web) -> None:
    refused = await server.client.post(form_path(7), data={"content": TEXT, "key": "k"})
    assert text_of(refused) == TEXT
    assert "<script>alert" not in refused.text
    assert way_back(server, refused) == list_path(7)
    parts = {"content": (None, "In parts")}
    assert text_of(await server.client.post(form_path(7), files=parts)) == "In parts"
    long = "é" * 100_000
    assert text_of(await server.client.post(form_path(7), data={"content": long})) == long


async def test_what_is_no_readable_form_of_some_size_is_not_shown(server: Web) -> None:
    large = {"content": "x" * MAX_FORM_BYTES}
    urlencoded = {"content-type": "application/x-www-form-urlencoded"}
    for refused in (
        await server.client.post(form_path(7)),
        await server.client.post(form_path(7), data={"other": "x"}),
        await server.client.post(form_path(7), data=large),
        await server.client.post(form_path(7), content=b"content=%ff", headers=urlencoded),
        await server.client.post(form_path(7), json={"content": "x"}),
        await server.client.post(form_path(7), data={"content": "x"}, headers=TURBO),
        await server.client.request("PUT", form_path(7), data={"content": "x"}),
    ):
        assert text_of(refused) is None
        assert way_back(server, refused) == list_path(7)


async def test_a_form_leads_back_to_its_page_and_to_no_other_server(server: Web) -> None:
    base = base_path_of(server, await server.client.post("/settings/theme/"))
    places = {
        f"http://{server.address}{base}/settings/": "/settings/",
        f"http://{server.address}{base}/chat/7/message/list/?around=8#x": "/",
        f"http://{server.address}{base}/chat/7/message/list/?around=8": (
            "/chat/7/message/list/?around=8"
        ),
        f"http://{server.address}{base}//evil.example": "/",
        f"http://{server.address}{base}/\\evil.example": "/",
        f"http://{server.address}": "/",
        "http://[": "/",
        "about:blank": "/",
        "javascript:alert(1)": "/",
    }
    for referer, place in places.items():
        refused = await server.client.post("/settings/theme/", headers={"referer": referer})
        assert way_back(server, refused) == place, referer
        part = await server.client.get("/models/", headers={**FRAME, "referer": referer})
        assert way_back(server, part) == place, referer


async def test_a_page_leads_to_the_sign_in_and_back(server: Web) -> None:
    base = base_path_of(server, await server.client.post("/chat/"))
    for path in ("/chat/", "/chat/7/message/list/?around=8", "/search/?q=a+b%26c"):
        response = await server.client.get(f"{base}{path}")
        assert response.status_code == 303
        place = urlsplit(response.headers["location"])
        assert place.path == f"{base}/sign-in/"
        assert parse_qs(place.query)["next"] == [path]
    odd = await server.client.get(f"{base}/search/?q=//evil.example")
    assert odd.headers["location"] == f"{base}/sign-in/?next=%2F"
