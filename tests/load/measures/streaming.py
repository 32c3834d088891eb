"""A page while an answer of ten thousand tokens grows on it: how long its main thread is held."""

from pathlib import Path
from typing import Final

from playwright.async_api import Page

from tests.load.browsing.chromium import browse, chromium
from tests.load.browsing.site import running_site
from tests.load.crowd import CrowdError
from tests.load.documents import SECTION, document
from tests.load.measures.findings import Findings
from tests.load.servers.running import Contender

_CHARACTERS: Final = 40_000
_TOKENS_PER_SECOND: Final = 200
_ANSWER: Final = ".message--assistant:last-child"
_ENDED: Final = f'{_ANSWER} > .message__footer[data-status="complete"]'
_VARIABLES: Final = {
    "NATTER_WEB_MESSAGE_MAX_CHARS": str(2 * _CHARACTERS),
    "NATTER_DEMO_FIRST_TOKEN_MS": "50",
}
# The browser reports each task of 50 ms or more.
_OBSERVE: Final = """
() => {
  window.tasks = []
  const note = (list) => list.getEntries().forEach((entry) => window.tasks.push(entry.duration))
  new PerformanceObserver(note).observe({ type: "longtask" })
}
"""


def measure_streaming(_contender: Contender, folder: Path) -> Findings:
    """Return the longest task of the page's main thread in ms, and how many took 50 or more."""
    return browse(_measure(folder))


async def _measure(folder: Path) -> Findings:
    async with running_site(folder, _VARIABLES) as site, chromium() as browser:
        page = await browser.new_page(base_url=site.url, viewport={"width": 1280, "height": 800})
        chat = await site.new_chat()
        await page.goto(f"/chat/{chat}/message/list/")
        await page.locator("#chat-source[connected]").wait_for(state="attached")
        await page.evaluate(_OBSERVE)
        text = document("", SECTION, _CHARACTERS)
        await site.ask(chat, f"/slow {_TOKENS_PER_SECOND} /echo {text}")
        await page.locator(_ENDED).wait_for(state="attached", timeout=120_000)
        tasks = await _tasks(page)
        shown = len(await page.locator(f"{_ANSWER} .message__done").inner_text())
    if shown < _CHARACTERS / 2:
        raise CrowdError(f"the page shows {shown} characters of {_CHARACTERS}")
    return {"streaming_longest": max(tasks, default=0.0), "streaming_tasks": len(tasks)}


async def _tasks(page: Page) -> list[float]:
    """Return what was observed, once the browser has had the time to tell."""
    settled = "() => new Promise((done) => setTimeout(() => done(window.tasks), 500))"
    tasks: list[float] = await page.evaluate(settled)
    return tasks
