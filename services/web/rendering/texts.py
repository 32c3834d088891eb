"""Renders markdown: caches the HTML, and keeps long texts off the event loop."""

import asyncio
from collections.abc import Callable, Collection
from typing import Final

from markupsafe import Markup

from services.shared.highlighting.budget import HighlightingBudget
from services.shared.highlighting.code import Code, Colours
from services.shared.highlighting.highlighter import Highlighter
from services.shared.markdown import Rendering, Splitter, is_heavy, render
from services.shared.text_cache import TextCache

KEPT_BYTES: Final = 32 * 1024 * 1024


class RenderedTexts:
    """Renders texts; a cache holds the newest `kept_bytes` of HTML."""

    def __init__(self, highlighter: Highlighter, kept_bytes: int = KEPT_BYTES) -> None:
        self._highlighter = highlighter
        self._kept = TextCache[Markup](kept_bytes)

    def of_a_page(self) -> "PageTexts":
        """Return the renderer for the texts of one page."""
        return PageTexts(self._kept, self._highlighter.budget())


class PageTexts:
    """Renders the texts of one page; the highlighting budget is the page's."""

    def __init__(self, kept: TextCache[Markup], budget: HighlightingBudget) -> None:
        self._kept = kept
        self._budget = budget

    async def colours(self, codes: Collection[Code]) -> Colours:
        """Return the colours of a growing text's code that arrive in the page's time."""
        return await self._budget.colours(codes)

    async def whole(self, id_prefix: str, text: str) -> Markup:
        """Return the canonical HTML of a finished text."""
        kept = self._kept.find((id_prefix, text))
        if kept is not None and kept.html is not None:
            return kept.html
        rendering = await _off_the_loop(text, lambda: render(text, id_prefix=id_prefix))
        return await self._coloured(rendering, (id_prefix, text))

    async def begun(self, id_prefix: str, text: str) -> tuple[Markup, Markup]:
        """Return the finished and the open HTML of a text that will continue."""
        if not text:
            return Markup(), Markup()
        splitter = await _off_the_loop(text, lambda: Splitter(id_prefix, begun=text))
        splitter.colour(await self._budget.colours(splitter.take_codes()))
        return splitter.done, splitter.open_end

    async def _coloured(self, rendering: Rendering, key: tuple[str, str]) -> Markup:
        colours = await self._budget.colours(rendering.codes)
        html = rendering.html(colours)
        # Code that missed the deadline may get its colours on the next page.
        if colours.keys() >= set(rendering.codes):
            self._kept.keep(key, html)
        return html


async def _off_the_loop[T](text: str, rendering: Callable[[], T]) -> T:
    """Render in a thread if it takes long; otherwise let other tasks run first."""
    if is_heavy(text):
        return await asyncio.to_thread(rendering)
    await asyncio.sleep(0)
    return rendering()
