"""A browser at a domain of its own: TLS by the proxy, and a socket through it."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Error, Page, expect

from deploy.local.nats_server import NatsServer
from services.shared.bus.connection import Bus
from tests.integration.proxy.proxied import Proxied, proxied
from tests.integration.web.pages import running_web
from tests.support.http import http_client
from tests.support.sockets import publish
from tests.support.stack import web_settings
from tests.support.waiting import until

TRY_MS = 20_000
PROTOCOL = "performance.getEntriesByType('navigation')[0].nextHopProtocol"


@asynccontextmanager
async def visiting(browser: Browser, site: Proxied) -> AsyncIterator[Page]:
    """Give a page that trusts the proxy's own authority."""
    context = await browser.new_context(
        base_url=f"https://{site.caddy.tls_address}", ignore_https_errors=True
    )
    context.set_default_timeout(TRY_MS)
    try:
        yield await context.new_page()
    finally:
        await context.close()


@pytest_asyncio.fixture(params=["", "/natter"])
async def site(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    database_url: str,
    nats_server: NatsServer,
    gateway: str,
) -> AsyncIterator[Proxied]:
    """Natter at a domain, at its root and below a path."""
    settings = web_settings(database_url, nats_server, base_path=request.param)
    where = {"SITE_ADDRESS": "localhost", "WEB_BASE_PATH": request.param}
    async with (
        running_web(settings) as web,
        proxied(tmp_path, web=web.address, realtime=gateway, **where) as site,
    ):
        yield site


async def test_a_page_is_live_over_tls(browser: Browser, site: Proxied, web_bus: Bus) -> None:
    base_path = site.caddy.environment["NATTER_WEB_BASE_PATH"]
    async with visiting(browser, site) as page:
        await until(lambda: becomes_live(page, f"{base_path}/chat/"))
        await expect(page).to_have_url(re.compile(rf"^https://[^/]+{base_path}/chat/1/"))
        assert await page.evaluate(PROTOCOL) == "h2"
        html = '<turbo-stream action="update" target="chat-1-message-list">'
        await publish(web_bus, "chat_1", f"{html}<template>Hello World</template></turbo-stream>")
        await expect(page.locator("#chat-1-message-list")).to_have_text("Hello World")


async def becomes_live(page: Page, path: str) -> bool:
    """Open a page; Chromium breaks off whatever loads when a network of this machine changes."""
    with suppress(Error):
        await page.goto(path)
        await page.locator("#chat-source[connected]").wait_for(state="attached")
        return True
    return False


async def test_plain_http_leads_to_tls(site: Proxied) -> None:
    async with http_client(f"http://{site.address}") as client:
        answer = await client.get("/chat/?a=b", headers={"host": "localhost"})
    assert answer.status_code == 308
    assert answer.headers["location"] == "https://localhost/chat/?a=b"
