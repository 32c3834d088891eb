"""Natter below a path of a site, through a real nginx: nothing that a page asks for is outside."""

import json
import re
import subprocess
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import httpx2
import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from deploy.local.nats_server import NatsServer
from services.shared.bus.connection import Bus
from tests.e2e.chat_page import ChatPage, chat_number
from tests.integration.web.pages import running_web
from tests.support.asking import revoke
from tests.support.browser import Pages, clean_pages
from tests.support.nginx import Nginx, running_nginx
from tests.support.ports import free_port
from tests.support.printed import printed
from tests.support.stack import web_settings
from tests.support.waiting import until

SETTINGS, LOCATIONS = printed("README.md", "Below a path of your site")
WORDS = " ".join(f"word{number}" for number in range(400))
STRANGERS = (
    "location /natter/strangers/ { proxy_pass http://%s; proxy_set_header Host $http_host; }"
)


@dataclass
class Visits:
    """Pages of the site, and the address of everything that they ask for."""

    pages: Pages
    nginx: Nginx
    asked: list[str] = field(default_factory=list)

    async def open(self, path: str, *, javascript: bool = True) -> Page:
        """Open the page at `path`."""
        page = await self.pages.blank(javascript=javascript)
        page.context.on("request", lambda request: self.asked.append(request.url))
        page.on("websocket", lambda socket: self.asked.append(socket.url))
        await page.goto(path)
        return page

    async def open_chat(self, *, javascript: bool = True) -> ChatPage:
        """Follow the site's link to the chat."""
        page = await self.open("/natter/", javascript=javascript)
        return ChatPage(page, chat_number(page.url))

    def count(self, pattern: str) -> int:
        """Count how often pages have asked for an address that ends like this."""
        return sum(bool(re.search(f"{pattern}$", url)) for url in self.asked)

    def check(self) -> None:
        """Fail with every address outside of the path."""
        assert self.asked
        paths = [*(urlsplit(url).path for url in self.asked), *self.nginx.requests()]
        assert [path for path in paths if not path.startswith("/natter/")] == []


@dataclass(frozen=True, slots=True)
class Site:
    """The services behind nginx: web at `web`, and one in which nobody is signed in."""

    browser: Browser
    folder: Path
    web: str
    strangers: str
    gateway: str

    @asynccontextmanager
    async def visits(self, *changes: tuple[str, str]) -> AsyncIterator[Visits]:
        """Give pages behind the README's nginx, with these changes of its configuration."""
        locations = LOCATIONS.text
        for printed_address, address in ((":8000;", self.web), (":8001;", self.gateway)):
            assert locations.count(f"127.0.0.1{printed_address}") == 1
            locations = locations.replace(f"127.0.0.1{printed_address}", f"{address};")
        for what, instead in changes:
            assert what in locations
            locations = locations.replace(what, instead)
        locations += STRANGERS % self.strangers
        with running_nginx(self.folder, free_port(), locations) as nginx:
            async with clean_pages(self.browser, f"http://{nginx.address}") as pages:
                visits = Visits(pages, nginx)
                yield visits
            visits.check()


@pytest_asyncio.fixture
async def site(
    browser: Browser,
    tmp_path: Path,
    database_url: str,
    nats_server: NatsServer,
    gateway: str,
    ai: str,  # noqa: ARG001 - it answers
) -> AsyncIterator[Site]:
    told = _environment(SETTINGS.text.removesuffix("make run\n"))
    hosts = [*json.loads(told["NATTER_WEB_ALLOWED_HOSTS"]), "127.0.0.1"]
    settings = web_settings(
        database_url, nats_server, base_path=told["NATTER_WEB_BASE_PATH"], allowed_hosts=hosts
    )
    below = {"base_path": "/natter/strangers", "single_user": False}
    async with AsyncExitStack() as stack:
        web = await stack.enter_async_context(running_web(settings))
        strange = settings.model_copy(update=below)
        strangers = await stack.enter_async_context(running_web(strange))
        folder = tmp_path / "nginx"
        folder.mkdir()
        yield Site(browser, folder, web.address, strangers.address, gateway)


def _environment(assignments: str) -> dict[str, str]:
    """Return what a shell makes of `assignments`."""
    command = ("/bin/sh", "-c", f"{assignments} env -0")
    told = subprocess.run(command, capture_output=True, text=True, check=True, env={}).stdout
    return dict(line.split("=", 1) for line in told.split("\0") if "=" in line)


@pytest.mark.parametrize("way", ["kept", "taken away"])
async def test_a_conversation(site: Site, web_bus: Bus, way: str) -> None:
    web = f"proxy_pass http://{site.web};"
    changes = [(web, web.replace(";", "/;"))] if way == "taken away" else []
    async with site.visits(*changes) as visits:
        chat = await visits.open_chat()
        await chat.is_connected()
        assert visits.count(rf"/natter/ws/turbo_stream/chat_{chat.chat_id}/\?since=.*")
        await _is_answered_and_stopped(chat)
        await _is_retried(chat)
        await _is_said_anew_and_leafed_through(chat)
        before = await chat.list_html()
        await chat.page.reload()
        await chat.is_connected()
        assert await chat.list_html() == before
        tokens = visits.count("/message/stream/")

        async def comes_back() -> bool:
            # Again and again: a page that loads itself has no socket for a moment.
            await revoke(web_bus, group=f"chat_{chat.chat_id}", come_back=True)
            return await _has_more(visits, "/message/stream/", tokens)

        await until(comes_back)
        await chat.is_connected()
        await _is_in_a_new_chat(chat)


async def _is_answered_and_stopped(chat: ChatPage) -> None:
    await chat.record_growth()
    await chat.send(f"/slow 20 /echo {WORDS}")
    await chat.is_true("new Set(window.growth.map(String)).size > 3")
    await chat.stop()
    await chat.answer_is("stopped")


async def _is_retried(chat: ChatPage) -> None:
    await chat.send("/error auth")
    await expect(chat.answers).to_have_count(2)
    await chat.answer_is("failed")
    footer = chat.answers.last.locator("> .message__footer")
    await footer.evaluate("(footer) => (window.before = footer)")
    await chat.act("Retry")
    await chat.is_true("!window.before.isConnected")
    await chat.answer_is("failed")


async def _is_said_anew_and_leafed_through(chat: ChatPage) -> None:
    question = chat.questions.last
    for leave in (True, False):
        await question.get_by_role("link", name="Edit this message").click()
        await question.get_by_label("Your message").fill("Count to 5")
        if leave:
            await question.get_by_label("Your message").press("Escape")
    await question.get_by_role("button", name="Send").click()
    await expect(chat.question_texts.last).to_have_text("Count to 5")
    await chat.answer_ends()
    await chat.act("Regenerate")
    version = chat.answers.last.locator(".message__version")
    await expect(version).to_have_text("2/2")
    await chat.answer_ends()
    await chat.act("Previous version")
    await expect(version).to_have_text("1/2")
    await chat.act("Previous version", question=-1)
    await expect(chat.question_texts.last).to_have_text("/error auth")


async def _is_in_a_new_chat(chat: ChatPage) -> None:
    page = chat.page
    await page.locator(".sidebar__new").get_by_role("button", name="New chat").click()
    await expect(page).not_to_have_url(re.compile(f"/chat/{chat.chat_id}/"))
    await page.locator(f"#chat-{chat.chat_id}-title").click()
    await expect(page).to_have_url(re.compile(f"/natter/chat/{chat.chat_id}/message/list/$"))


async def test_a_conversation_by_server_sent_events_where_the_proxy_blocks_web_sockets(
    site: Site,
) -> None:
    async with site.visits(("/natter/(ws|sse)/", "/natter/sse/")) as visits:
        visits.pages.tolerate(r"WebSocket connection to .* failed")
        chat = await visits.open_chat()
        await chat.is_connected()
        assert visits.count(rf"/natter/sse/turbo_stream/chat_{chat.chat_id}/\?.*")
        assert visits.count("/natter/chat/1/message/stream/")
        await chat.record_growth()
        await chat.send("/slow 40 Count to 20")
        await chat.answer_ends()
        assert len(await chat.growth()) >= 3
        await expect(chat.answer_texts).to_contain_text("18, 19, 20.")


async def test_a_conversation_without_javascript(site: Site) -> None:
    async with site.visits() as visits:
        visits.pages.tolerate(r"status of 422")
        chat = await visits.open_chat(javascript=False)
        await chat.box.fill("Count to 5")
        await chat.page.get_by_role("button", name="Send").click()
        await until(lambda: _is_answered_once_reloaded(chat))
        await chat.act("Regenerate")
        await until(lambda: _is_answered_once_reloaded(chat))
        await chat.act("Previous version")
        await expect(chat.answers.locator(".message__version")).to_have_text("1/2")
        await chat.page.get_by_role("link", name="Edit this message").click()
        await chat.page.get_by_label("Your message").fill(" ")
        await chat.page.get_by_role("button", name="Send").click()
        await expect(chat.page.get_by_role("alert")).to_have_text("Write a message first.")
        await chat.page.get_by_role("link", name="Back to the conversation").click()
        await expect(chat.question_texts).to_have_text(["Count to 5"])


async def test_the_site_answers_by_the_name_that_it_is_given(site: Site) -> None:
    """The name is the one of the README's address."""
    async with site.visits() as visits, httpx2.AsyncClient() as client:
        url = f"http://{visits.nginx.address}/natter/"
        for host, status in (("example.org", 303), ("elsewhere.example", 400)):
            answer = await client.get(url, headers={"host": host})
            assert answer.status_code == status
        page = await visits.open("/natter/")
        await expect(page).to_have_url(re.compile("/natter/chat/"))


async def test_an_error_page_has_its_looks_and_leads_back(site: Site) -> None:
    async with site.visits() as visits:
        visits.pages.tolerate(r"status of 404")
        for path in ("nothing", "chat/1/message/9/edit/"):
            page = await visits.open(f"/natter/{path}")
            await expect(page.locator(".error-page__status")).to_have_text("404")
            assert await page.evaluate("document.styleSheets[0].cssRules.length > 0")
            await page.get_by_role("link", name="Back to your chats").click()
            await expect(page).to_have_url(re.compile("/natter/chat/"))
        # A server with accounts.
        page = await visits.open("/natter/strangers/chat/7/message/list/")
        await expect(page).to_have_url(re.compile("/natter/strangers/setup/$"))
        assert await page.evaluate("document.styleSheets[0].cssRules.length > 0")


async def _has_more(visits: Visits, pattern: str, before: int) -> bool:
    return visits.count(pattern) > before


async def _is_answered_once_reloaded(chat: ChatPage) -> bool:
    await chat.page.get_by_role("link", name="Reload this page").click()
    footer = chat.answers.last.locator("> .message__footer")
    return await footer.get_attribute("data-status") == "complete"
