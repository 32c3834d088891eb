"""Twenty tabs of one chat: whether they end alike, and how far apart in time."""

import asyncio
from hashlib import sha256
from pathlib import Path
from typing import Final

from playwright.async_api import Browser, Page

from tests.load.browsing.chromium import browse, chromium
from tests.load.measures.findings import Findings
from tests.load.servers.running import Contender
from tests.support.site import running_site
from tests.support.waiting import until

_TABS: Final = 20
_QUESTIONS: Final = ("Something long, please", "Show me some code", "Draw a table")
_SETTLE_SECONDS: Final = 20.0
_VARIABLES: Final = {"NATTER_DEMO_TOKENS_PER_SECOND": "300", "NATTER_DEMO_FIRST_TOKEN_MS": "50"}
# When each answer was complete on this page, by a clock that all pages share.
_OBSERVE: Final = """
() => {
  window.ended = {}
  const ends = '.message--assistant > .message__footer[data-status="complete"]'
  const look = () => {
    for (const footer of document.querySelectorAll(ends)) {
      window.ended[footer.parentElement.id] ??= performance.timeOrigin + performance.now()
    }
  }
  new MutationObserver(look).observe(document.body, {
    childList: true, subtree: true, attributes: true
  })
}
"""
_ENDED: Final = "() => Object.values(window.ended)"


def measure_tabs(_contender: Contender, folder: Path) -> Findings:
    """Return how many tabs differ from the first, and the ms between the first and the last."""
    return browse(_measure(folder))


async def _measure(folder: Path) -> Findings:
    async with running_site(folder, _VARIABLES) as site, chromium() as browser:
        chat = await site.new_chat()
        tabs = await _open(browser, site.url, chat)
        for number, question in enumerate(_QUESTIONS, 1):
            await site.ask(chat, question)
            await asyncio.gather(*(_has_ended(tab, number) for tab in tabs))
        ends = [await tab.evaluate(_ENDED) for tab in tabs]
        return {
            "tabs_unequal": await _unequal(tabs, chat),
            "tabs_skew": max(max(moments) - min(moments) for moments in zip(*ends, strict=True)),
        }


async def _open(browser: Browser, url: str, chat: int) -> list[Page]:
    context = await browser.new_context(base_url=url, viewport={"width": 1280, "height": 800})
    tabs = [await context.new_page() for _ in range(_TABS)]
    for tab in tabs:
        await tab.goto(f"/chat/{chat}/message/list/")
        await tab.locator("#chat-source[connected]").wait_for(state="attached")
        await tab.evaluate(_OBSERVE)
    return tabs


async def _has_ended(tab: Page, number: int) -> None:
    async def look() -> bool:
        return len(await tab.evaluate(_ENDED)) >= number

    await until(look)


async def _unequal(tabs: list[Page], chat: int) -> float:
    """Count the tabs whose list is another than the first one's, once they have had their time."""
    differing = len(tabs)

    async def are_alike() -> bool:
        nonlocal differing
        hashes = [await _hash(tab, chat) for tab in tabs]
        differing = sum(each != hashes[0] for each in hashes)
        return differing == 0

    try:
        await until(are_alike, seconds=_SETTLE_SECONDS)
    except AssertionError:
        return differing
    return 0


async def _hash(tab: Page, chat: int) -> str:
    html = await tab.locator(f"#chat-{chat}-message-list").evaluate("(list) => list.outerHTML")
    return sha256(str(html).encode()).hexdigest()
