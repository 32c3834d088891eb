"""A chat's page: what it loads weighs so much, and a long chat opens as fast as a short one."""

import gzip
import re
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Final

from playwright.async_api import Browser, Page

from services.web.rendering.assets import ASSETS
from tests.load.browsing.asking import Asker, asking
from tests.load.browsing.chromium import browse, chromium
from tests.load.browsing.talk import long_chat
from tests.load.measures.findings import Findings
from tests.load.servers.running import Contender
from tests.support.site import Site, running_site
from tests.support.stored_chats import store_chats
from tests.support.waiting import until

_TURNS: Final = {"long": 500, "short": 15}
_CHATS: Final = 5
# So that the sidebar is full.
_OTHER_CHATS: Final = 100
_VIEWS: Final = 5
_WARM_UP: Final = 3
_GZIP_LEVEL: Final = 6
_ASSET: Final = re.compile(r'"[^"]*/static/build/([^"/]+\.(?:js|css))"')
# By then the page is loaded and the browser has painted it.
_NOTE_PAINT: Final = """
addEventListener("load", () => requestAnimationFrame(() => setTimeout(() => {
  window.painted = [performance.now(), document.querySelectorAll("*").length]
})))
"""


@dataclass(slots=True)
class _Opened:
    """Of chats of one length: milliseconds of web, first and again, of the browser; elements."""

    cold: list[float] = field(default_factory=list)
    warm: list[float] = field(default_factory=list)
    painted: list[float] = field(default_factory=list)
    elements: list[float] = field(default_factory=list)

    def findings(self, name: str) -> Findings:
        return {
            f"chat_{name}_cold": median(self.cold),
            f"chat_{name}_warm": median(self.warm),
            f"chat_{name}_elements": max(self.elements),
            f"chat_{name}_painted": median(self.painted),
        }


def measure_chat_page(_contender: Contender, folder: Path) -> Findings:
    """Return bytes after gzip, milliseconds and elements, of a long chat and a short one."""
    return browse(_measure(folder))


async def _measure(folder: Path) -> Findings:
    async with running_site(folder) as site, chromium() as browser:
        others = [long_chat(number, turns=1) for number in range(_OTHER_CHATS)]
        await store_chats(site.db, site.account_id, others)
        chats = {name: await _chats(site, turns) for name, turns in _TURNS.items()}
        with ExitStack() as opened:
            asker = opened.enter_context(asking(site.url))
            findings = _weights(asker.get(_path(await site.new_chat())).html)
            seen = {name: _ask(asker, paths) for name, paths in chats.items()}
        await _paint(browser, site, chats, seen)
        for name, each in seen.items():
            findings |= each.findings(name)
        return findings


async def _chats(site: Site, turns: int) -> list[str]:
    """Store as many as are looked at, and one for the warm-up; return their paths."""
    made = [long_chat(turns * 10 + number, turns) for number in range(_CHATS + 1)]
    return [_path(chat) for chat in await store_chats(site.db, site.account_id, made)]


def _path(chat: int) -> str:
    return f"/chat/{chat}/message/list/"


def _weights(html: str) -> Findings:
    """Weigh what the page loads as a proxy would send it."""
    names = set(_ASSET.findall(html))
    weights = {
        name: len(gzip.compress((ASSETS / name).read_bytes(), _GZIP_LEVEL)) for name in names
    }
    return {
        f"page_{kind}": sum(weight for name, weight in weights.items() if name.endswith(kind))
        for kind in ("js", "css")
    }


def _ask(asker: Asker, paths: Sequence[str]) -> _Opened:
    """Load each page for the first time, and again."""
    for _ in range(_WARM_UP):
        asker.get(paths[0])
    seen = _Opened()
    for path in paths[1:]:
        seen.cold.append(asker.get(path).ms)
        seen.warm += [asker.get(path).ms for _ in range(_VIEWS)]
    return seen


async def _paint(
    browser: Browser, site: Site, chats: dict[str, list[str]], seen: dict[str, _Opened]
) -> None:
    """Open the pages of either length in turn, with script and style in the browser's cache."""
    context = await browser.new_context(base_url=site.url, viewport={"width": 1280, "height": 800})
    await context.add_init_script(_NOTE_PAINT)
    page = await context.new_page()
    for name in chats:
        await _painted(page, chats[name][0])
    for number in range(1, _CHATS + 1):
        for name, paths in chats.items():
            ms, elements = await _painted(page, paths[number])
            seen[name].painted.append(ms)
            seen[name].elements.append(elements)
    await context.close()


async def _painted(page: Page, path: str) -> tuple[float, float]:
    await page.goto(path)

    async def look() -> list[float] | None:
        found: list[float] | None = await page.evaluate("window.painted")
        return found

    ms, elements = await until(look) or (0.0, 0.0)
    return ms, elements
