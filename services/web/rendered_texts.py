"""Markdown as HTML: kept for the next page that shows it, and long texts off the event loop."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from cachetools import LRUCache
from markupsafe import Markup

from services.shared.markdown import Splitter, is_heavy, render

KEPT_BYTES: Final = 32 * 1024 * 1024
# A character takes up to four bytes in memory.
BYTES_PER_CHAR: Final = 4


@dataclass(frozen=True, slots=True)
class _Kept:
    html: Markup
    size: int


class RenderedTexts:
    """Renders texts, and keeps the newest `kept_bytes` of what came of them."""

    def __init__(self, kept_bytes: int = KEPT_BYTES) -> None:
        self._kept: LRUCache[tuple[str, str], _Kept] = LRUCache(
            kept_bytes, getsizeof=lambda kept: kept.size
        )

    async def whole(self, id_prefix: str, text: str) -> Markup:
        """Return the canonical HTML of a finished text."""
        key = (id_prefix, text)
        if (kept := self._kept.get(key)) is not None:
            return kept.html
        html = await _off_the_loop(text, lambda: render(text, id_prefix=id_prefix))
        size = BYTES_PER_CHAR * (len(text) + len(html))
        if size <= self._kept.maxsize:
            self._kept[key] = _Kept(html, size)
        return html

    async def begun(self, id_prefix: str, text: str) -> tuple[Markup, Markup]:
        """Return the finished and the open HTML of a text that goes on."""
        if not text:
            return Markup(), Markup()
        splitter = await _off_the_loop(text, lambda: Splitter(id_prefix, begun=text))
        return splitter.done, splitter.tail


async def _off_the_loop[T](text: str, rendering: Callable[[], T]) -> T:
    """Render in a thread where it takes long, and let others go on in between."""
    if is_heavy(text):
        return await asyncio.to_thread(rendering)
    await asyncio.sleep(0)
    return rendering()
