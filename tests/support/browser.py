"""A real, headless Chromium that reaches nothing beyond loopback; its pages must stay clean."""

import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import pytest_asyncio
from playwright.async_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Dialog,
    Page,
    Request,
    WebSocket,
    async_playwright,
    expect,
)

from tests.support.chromium import MISSING, find_chromium
from tests.support.local_stack import LocalStack
from tests.support.waiting import DEADLINE_SECONDS

LOOPBACK = {"127.0.0.1", "localhost"}
DEADLINE_MS = DEADLINE_SECONDS * 1000
# A window's address bar would load two pages of its own, and a spare process wait for a third:
# most of the work of opening a page. The last such list counts, so Playwright's is in it as well
# (what its `chromiumSwitches` turns off, as far as it changes what a page does).
WITHOUT = (
    "WebUIOmniboxPopup",
    "WebUIOmniboxAimPopup",
    "WebUIOmniboxFullPopup",
    "SpareRendererForSitePerProcess",
    "AvoidCorsURLLoaderRestartOnRedirect",
    "HttpsFirstBalancedModeAutoEnable",
    "HttpsUpgrades",
    "MediaRouter",
    "OptimizationHints",
    "PaintHolding",
    "ThirdPartyStoragePartitioning",
    "Translate",
)
ARGUMENTS = (
    f"--disable-features={','.join(WITHOUT)}",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
    "--no-proxy-server",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
)
# A violation inside a page's own script would otherwise be a console message that varies by kind.
REPORT_VIOLATIONS = """
document.addEventListener("securitypolicyviolation", (event) =>
  console.error(`CSP: ${event.effectiveDirective} forbids ${event.blockedURI}`))
"""


@dataclass  # without slots: Playwright notes its handlers on the object
class Pages:
    """Opens pages, each in a browser context of its own, and gathers what goes wrong in them."""

    browser: Browser
    base_url: str
    cookies: Mapping[str, str] = field(default_factory=dict)
    """What every context has from its beginning: names and values."""
    problems: list[str] = field(default_factory=list)
    _tolerated: list[re.Pattern[str]] = field(default_factory=list)

    async def open(
        self,
        path: str,
        *,
        javascript: bool = True,
        bypass_csp: bool = False,
        viewport: tuple[int, int] = (1280, 800),
    ) -> Page:
        """Open the page at `path` of the stack."""
        page = await self.blank(javascript=javascript, bypass_csp=bypass_csp, viewport=viewport)
        await page.goto(path)
        return page

    async def blank(
        self,
        *,
        javascript: bool = True,
        bypass_csp: bool = False,
        viewport: tuple[int, int] = (1280, 800),
    ) -> Page:
        """Open a blank page."""
        width, height = viewport
        context = await self.browser.new_context(
            base_url=self.base_url,
            java_script_enabled=javascript,
            bypass_csp=bypass_csp,
            viewport={"width": width, "height": height},
        )
        context.set_default_timeout(DEADLINE_MS)
        await context.add_init_script(REPORT_VIOLATIONS)
        await context.add_cookies(
            [
                {"name": name, "value": value, "url": self.base_url}
                for name, value in self.cookies.items()
            ]
        )
        self._watch(context)
        return await context.new_page()

    def tolerate(self, pattern: str) -> None:
        """Expect console errors that match `pattern`: the test provokes them."""
        self._tolerated.append(re.compile(pattern))

    def check(self) -> None:
        """Fail with every problem that was not expected."""
        unexpected = [
            problem
            for problem in self.problems
            if not any(pattern.search(problem) for pattern in self._tolerated)
        ]
        assert not unexpected, "\n".join(["the pages were not clean:", *unexpected])

    async def close(self) -> None:
        """Close every page."""
        for context in self.browser.contexts:
            await context.close()

    def _watch(self, context: BrowserContext) -> None:
        context.on("console", self._console)
        context.on("weberror", lambda error: self.problems.append(f"page error: {error.error}"))
        context.on("request", self._request)
        context.on("requestfailed", self._failed)
        context.on("dialog", self._dialog)
        context.on("page", lambda page: page.on("websocket", self._socket))

    def _console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.problems.append(f"console error: {message.text}")

    def _request(self, request: Request) -> None:
        self._check_address(request.url)

    def _failed(self, request: Request) -> None:
        # A page that goes away takes its requests with it.
        if request.failure != "net::ERR_ABORTED":
            self.problems.append(f"failed request: {request.url} ({request.failure})")

    def _socket(self, socket: WebSocket) -> None:
        self._check_address(socket.url)

    def _check_address(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in {"data", "blob"} and parts.hostname not in LOOPBACK:
            self.problems.append(f"request beyond loopback: {url}")

    async def _dialog(self, dialog: Dialog) -> None:
        self.problems.append(f"dialog: {dialog.message}")
        await dialog.dismiss()


@pytest_asyncio.fixture(scope="package")
async def browser() -> AsyncIterator[Browser]:
    """One headless Chromium for all tests of a folder."""
    program = find_chromium()
    if program is None:
        pytest.fail(MISSING, pytrace=False)
    async with headless(program) as chromium:
        yield chromium


@asynccontextmanager
async def headless(program: Path) -> AsyncIterator[Browser]:
    """Run this Chromium without a window until the body ends."""
    expect.set_options(timeout=DEADLINE_MS)
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(executable_path=program, args=[*ARGUMENTS])
        yield chromium
        await chromium.close()


@pytest_asyncio.fixture
async def pages(browser: Browser, local_stack: LocalStack) -> AsyncIterator[Pages]:
    """Pages of the folder's stack; the test fails if any of them was not clean."""
    async with clean_pages(browser, local_stack.url) as pages:
        yield pages


@asynccontextmanager
async def clean_pages(
    browser: Browser, base_url: str, cookies: Mapping[str, str] | None = None
) -> AsyncIterator[Pages]:
    """Give pages of the site at `base_url`; fail on leaving if any of them was not clean."""
    pages = Pages(browser, base_url, cookies or {})
    try:
        yield pages
    except Exception as error:
        error.add_note("\n".join(["in the pages meanwhile:", *pages.problems]))
        raise
    finally:
        await pages.close()
    pages.check()
