"""A page while an answer of ten thousand tokens grows on it: how long its main thread is held."""

from pathlib import Path
from typing import Final

from playwright.async_api import Page

from services.demo.tokens import split_tokens
from tests.load.browsing.chromium import browse, chromium
from tests.load.browsing.writing import writing
from tests.load.crowd import CrowdError
from tests.load.documents import SECTION, document
from tests.load.measures.findings import Findings
from tests.load.servers.running import Contender
from tests.support.site import running_site

_TOKENS: Final = 10_000
# Stands in the heading of each part.
_MARK: Final = "Bounded queues"
_LONGEST_TOKEN: Final = 9
_TOKENS_PER_SECOND: Final = 200
_ANSWER: Final = ".message--assistant:last-child"
_ENDED: Final = f'{_ANSWER} > .message__footer[data-status="complete"]'
_MOST_MS: Final = 120_000
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
    tokens = split_tokens(document("", SECTION, _TOKENS * _LONGEST_TOKEN))[:_TOKENS]
    async with (
        writing(tokens, _TOKENS_PER_SECOND) as endpoint,
        running_site(folder, {"OPENAI_BASE_URL": endpoint}) as site,
        chromium() as browser,
    ):
        page = await browser.new_page(base_url=site.url, viewport={"width": 1280, "height": 800})
        chat = await site.new_chat()
        await page.goto(f"/chat/{chat}/message/list/")
        await page.locator("#chat-source[connected]").wait_for(state="attached")
        await page.evaluate(_OBSERVE)
        await site.ask(chat, "Write about queues, at length.")
        await page.locator(_ENDED).wait_for(state="attached", timeout=_MOST_MS)
        tasks = await _tasks(page)
        shown = await page.locator(_ANSWER).inner_text()
    if shown.count(_MARK) != "".join(tokens).count(_MARK):
        raise CrowdError(f"the page shows {shown.count(_MARK)} parts of the answer")
    return {"streaming_longest": max(tasks, default=0.0), "streaming_tasks": len(tasks)}


async def _tasks(page: Page) -> list[float]:
    """Return what was observed, once the browser has had the time to tell."""
    settled = "() => new Promise((done) => setTimeout(() => done(window.tasks), 500))"
    tasks: list[float] = await page.evaluate(settled)
    return tasks
