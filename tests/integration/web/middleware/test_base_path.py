"""Web below a path, behind a proxy that takes the path away and behind one that leaves it."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import override

import httpx2
import pytest
import pytest_asyncio

from deploy.local.nats_server import NatsServer
from services.shared.bus.connection import Bus
from services.shared.bus.messages import AnswerJob
from services.shared.bus.subjects import AI_JOBS, TURBO_STREAM
from services.web.installing import MANIFEST_PATH
from tests.integration.web.pages import TURBO, published, running_web
from tests.support.stack import web_settings

ADDRESSES = ("href", "src", "action", "formaction", "sse", "token-url")


class Addresses(HTMLParser):
    """Collects every address in a page, or in the templates of Turbo Streams."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag != "turbo-stream":  # its action is none of these
            values = [value for name, value in attrs if value and name in ADDRESSES]
            self.found += [value for value in values if not value.startswith("#")]


def addresses(html: str) -> list[str]:
    parser = Addresses()
    parser.feed(html)
    assert parser.found
    return parser.found


@dataclass(frozen=True, slots=True)
class Site:
    """A web below `base_path`, and how the proxy in front writes a path."""

    client: httpx2.AsyncClient
    base_path: str
    is_kept: bool

    @property
    def host(self) -> str:
        return f"{self.client.base_url.host}:{self.client.base_url.port}"

    def at_web(self, url: str) -> str:
        """Return what of a URL the proxy passes on."""
        assert url.startswith(f"{self.base_path}/"), url
        return url if self.is_kept else url.removeprefix(self.base_path)

    async def get(self, url: str, **headers: str) -> httpx2.Response:
        return await self.client.get(self.at_web(url), headers=headers)

    async def post(self, url: str, content: str = "", **headers: str) -> httpx2.Response:
        data = {"content": content}
        return await self.client.post(self.at_web(url), data=data, headers=headers)

    async def new_chat(self) -> str:
        """Create a chat; the URL of its page without `list/`."""
        location = (await self.post(f"{self.base_path}/chat/")).headers["location"]
        assert location.endswith("/message/list/")
        return str(location).removesuffix("list/")


@pytest_asyncio.fixture(params=["kept", "taken away"])
async def site(
    request: pytest.FixtureRequest, database_url: str, nats_server: NatsServer
) -> AsyncIterator[Site]:
    settings = web_settings(database_url, nats_server, base_path="/natter")
    async with running_web(settings) as web:
        yield Site(web.client, "/natter", request.param == "kept")


async def test_the_root_leads_to_the_newest_chat(site: Site) -> None:
    chat = await site.new_chat()
    for url, onward in (("/natter/", "/natter/chat/"), ("/natter/chat/", f"{chat}list/")):
        answer = await site.get(url)
        assert (answer.status_code, answer.headers["location"]) == (303, onward)


async def test_everything_in_a_page_is_below_the_path_and_there(site: Site) -> None:
    chat = await site.new_chat()
    await site.post(f"{chat}create/", "Hello")
    for page in ("list/", "create/", "1/edit/"):
        answer = await site.get(chat + page)
        assert answer.status_code == 200
        for address in addresses(answer.text):
            assert address.startswith(f"{site.base_path}/")
            if not address.startswith((f"{site.base_path}/ws/", f"{site.base_path}/sse/")):
                # As a script asks, which does not wait for the answer.
                found = await site.get(address, **{"sec-fetch-dest": "empty"})
                assert found.status_code != 404, address


async def test_what_is_installed_is_below_the_path(site: Site) -> None:
    answer = await site.get(f"{site.base_path}{MANIFEST_PATH}")
    assert answer.headers["content-type"] == "application/manifest+json"
    about = answer.json()
    assert {about[name] for name in ("id", "start_url", "scope")} == {f"{site.base_path}/"}
    for icon in about["icons"]:
        assert icon["src"].startswith(f"{site.base_path}/")
        shown = await site.get(icon["src"])
        assert (shown.status_code, shown.headers["content-type"]) == (200, icon["type"])
    purposes = {(icon.get("purpose", "any"), icon["sizes"]) for icon in about["icons"]}
    assert {("any", "192x192"), ("any", "512x512"), ("maskable", "512x512")} <= purposes


async def test_a_browser_is_led_on_below_the_path(site: Site) -> None:
    chat = await site.new_chat()
    sent = await site.post(f"{chat}create/", "Hello")
    stopped = await site.post(f"{chat}2/stop/")
    for answer in (sent, stopped):
        assert (answer.status_code, answer.headers["location"]) == (303, f"{chat}list/")
    for scheme in ("http", "https"):
        without_slash = await site.get(f"{chat}list", **{"x-forwarded-proto": scheme})
        assert without_slash.headers["location"] == f"{scheme}://{site.host}{chat}list/"


async def test_what_is_published_leads_below_the_path(site: Site, web_bus: Bus) -> None:
    chat = await site.new_chat()
    answer = await site.post(f"{chat}create/", "Hello", **TURBO)
    ((_, streams),) = await published(web_bus, TURBO_STREAM, 1)
    ((_, job),) = await published(web_bus, AI_JOBS, 1)
    for html in (answer.text, streams.decode()):
        assert all(address.startswith(chat) for address in addresses(html))
    assert AnswerJob.model_validate_json(job).base_path == site.base_path


async def test_an_error_page_leads_back_below_the_path(site: Site) -> None:
    chat = await site.new_chat()
    for url in (f"{site.base_path}/nothing", f"{chat}nothing/", f"{chat}1/stop/"):
        answer = await site.get(url)
        assert answer.status_code == 404
        assert all(found.startswith(f"{site.base_path}/") for found in addresses(answer.text))
    wrong_verb = await site.post(f"{chat}list/")
    assert wrong_verb.status_code == 405
    assert f'href="{chat}list/"' in wrong_verb.text


async def test_probes_and_metrics_are_there_below_the_path_and_at_the_root(site: Site) -> None:
    for path in ("/live", "/ready"):
        for url in (path, site.at_web(site.base_path + path)):
            answer = await site.client.get(url, headers={"host": "10.0.0.7"})
            assert answer.status_code == 200, url
    metrics = site.at_web(f"{site.base_path}/metrics")
    assert (await site.client.get(metrics)).status_code == 200
    hidden = await site.client.get(metrics, headers={"host": "example.org"})
    assert hidden.status_code == 400


async def test_the_own_site_and_its_names_are_known_below_the_path(site: Site) -> None:
    chat = await site.new_chat()
    for headers in ({"origin": "http://evil.example"}, {"sec-fetch-site": "cross-site"}):
        assert (await site.post(f"{chat}create/", "Hello", **headers)).status_code == 403
    own = {"origin": f"http://{site.host}"}
    assert (await site.post(f"{chat}create/", "Hello", **own)).status_code == 303
    assert (await site.get(f"{chat}list/", host="evil.example")).status_code == 400
    assert (
        "default-src 'none'" in (await site.get(f"{chat}list/")).headers["content-security-policy"]
    )


async def test_a_name_with_www_is_led_to_below_the_path(
    database_url: str, nats_server: NatsServer
) -> None:
    settings = web_settings(
        database_url, nats_server, base_path="/natter", allowed_hosts=("www.example.org",)
    )
    async with running_web(settings) as web:
        for path in ("/chat/", "/natter/chat/"):
            answer = await web.client.get(path, headers={"host": "example.org"})
            assert answer.headers["location"] == "http://www.example.org/natter/chat/"


async def test_the_path_without_its_slash_is_led_on(
    database_url: str, nats_server: NatsServer
) -> None:
    async with running_web(web_settings(database_url, nats_server, base_path="/natter")) as web:
        answer = await web.client.get("/natter", follow_redirects=True)
        assert answer.url.path == "/natter/chat/1/message/list/"
        assert (await web.client.get("/natterer/chat/")).status_code == 404


async def test_a_gateway_elsewhere_has_a_path_of_its_own(
    database_url: str, nats_server: NatsServer
) -> None:
    settings = web_settings(
        database_url, nats_server, base_path="/natter", realtime_url="wss://example.org/live"
    )
    async with running_web(settings) as web:
        page = await web.client.get("/natter/chat/", follow_redirects=True)
    assert 'src="wss://example.org/live/ws/turbo_stream/chat_1/"' in page.text
    assert 'sse="https://example.org/live/sse/turbo_stream/chat_1/"' in page.text
    assert 'token-url="/natter/chat/1/message/stream/"' in page.text
    policy = page.headers["content-security-policy"]
    assert "connect-src 'self' wss://example.org https://example.org;" in policy


async def test_drafts_of_two_natters_of_one_site_are_kept_apart(
    database_url: str, nats_server: NatsServer
) -> None:
    drafts = set()
    for base_path in ("", "/one", "/two"):
        settings = web_settings(database_url, nats_server, base_path=base_path)
        async with running_web(settings) as web:
            page = await web.client.get(f"{base_path}/chat/", follow_redirects=True)
        _, _, rest = page.text.partition('data-composer-draft-value="')
        drafts.add(rest.partition('"')[0])
    assert drafts == {"/chat/1/", "/one/chat/1/", "/two/chat/1/"}
