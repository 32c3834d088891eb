"""Takes the picture of a scene, and says what is wrong with the page."""

import asyncio
from base64 import b64decode
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from playwright.async_api import Browser, Error, Page

from tests.screenshots.looks import Look
from tests.screenshots.scenes import PRINTED, SCENES
from tests.screenshots.stage import Stage
from tests.support.site import Site

_WAIT_MS: Final = 15_000
_SCENE_SECONDS: Final = 90.0
_WEBP: Final = {"format": "webp", "quality": 80}
_OVERHANG: Final = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@dataclass(frozen=True, slots=True)
class Camera:
    """Takes pictures of one site."""

    site: Site
    browser: Browser
    chats: dict[str, int]

    async def take(self, scene: str, look: Look, picture: Path) -> str | None:
        """Play a scene, save its picture (PNG or WebP), and return what went wrong."""
        async with self._stage(look) as stage:
            faults = [
                await _fault_of(SCENES[scene](stage)),
                await _fault_of(_save(stage.page, picture, is_whole=scene in PRINTED)),
                await _overhang(stage.page),
            ]
            return next(filter(None, faults), None)

    @asynccontextmanager
    async def _stage(self, look: Look) -> AsyncIterator[Stage]:
        width, height = (side // look.zoom for side in look.window)
        context = await self.browser.new_context(
            base_url=self.site.url,
            viewport={"width": width, "height": height},
            device_scale_factor=look.zoom,
            color_scheme=look.scheme,
            contrast=look.contrast,
            forced_colors=look.forced_colours,
            reduced_motion="reduce",
            java_script_enabled=look.javascript,
        )
        context.set_default_timeout(_WAIT_MS)
        stage = Stage(self.site, await context.new_page(), look, self.chats, [])
        try:
            yield stage
        finally:
            await context.close()
            await stage.clear()


async def _fault_of(doing: Awaitable[None]) -> str | None:
    """Return what went wrong with it."""
    try:
        async with asyncio.timeout(_SCENE_SECONDS):
            await doing
    except (Error, AssertionError, TimeoutError) as error:
        return str(error).partition("\n")[0] or "it took too long"
    return None


async def _save(page: Page, picture: Path, *, is_whole: bool) -> None:
    if picture.suffix == ".webp":
        devtools = await page.context.new_cdp_session(page)
        taken = await devtools.send("Page.captureScreenshot", _WEBP)
        image = b64decode(taken["data"])
    else:
        image = await page.screenshot(
            full_page=is_whole, animations="disabled", timeout=_SCENE_SECONDS * 1e3
        )
    await asyncio.to_thread(picture.write_bytes, image)


async def _overhang(page: Page) -> str | None:
    pixels: int = await page.evaluate(_OVERHANG)
    return f"the page can be scrolled sideways by {pixels} pixels" if pixels > 0 else None
