"""Turns the text of a growing answer into HTML that is only ever added to."""

import asyncio
from collections.abc import Callable
from typing import Final

from markupsafe import Markup

from services.shared.markdown import FinalChanges, Splitter, is_heavy
from services.web.rendering.templates import Templates
from services.web.rendering.texts import PageTexts

AGAIN: Final = "live/_again.html"


class GrowingText:
    """An answer's text on a page that cannot take back what it has sent.

    If the text begins again, a note and the new text follow.
    """

    def __init__(self, templates: Templates, texts: PageTexts, id_prefix: str) -> None:
        self._templates = templates
        self._texts = texts
        self._id_prefix = id_prefix
        self._splitter = Splitter(id_prefix)
        self._fed = ""

    async def grow(self, text: str) -> Markup:
        """Return the HTML that is finished in the text so far and has not been returned."""
        if text.startswith(self._fed):
            return await self._feed(text)
        return await self.break_off() + self._begin_again() + await self._feed(text)

    async def end(self, text: str) -> Markup:
        """Return the HTML that is left of the whole text."""
        html = await self.grow(text)
        last = await self._finish()
        html += await self._take()
        if last.needs_replace:
            html += self._begin_again() + await self._texts.whole(self._id_prefix, text)
        return html

    async def break_off(self) -> Markup:
        """Return the HTML that is left of what is there, as if the text ended here."""
        await self._finish()
        return await self._take()

    def _begin_again(self) -> Markup:
        # No id stands twice on the page.
        self._id_prefix += "_again"
        self._splitter = Splitter(self._id_prefix)
        self._fed = ""
        return self._templates.partial(AGAIN).strip()

    async def _feed(self, text: str) -> Markup:
        piece, self._fed = text[len(self._fed) :], text
        if not piece:
            return Markup()
        await self._off_the_loop(lambda: self._splitter.feed(piece), piece)
        return await self._take()

    async def _finish(self) -> FinalChanges:
        return await self._off_the_loop(self._splitter.finish)

    async def _take(self) -> Markup:
        self._splitter.colour(await self._texts.colours(self._splitter.take_codes()))
        return self._splitter.take_finished()

    async def _off_the_loop[T](self, work: Callable[[], T], piece: str = "") -> T:
        if self._splitter.heavy or is_heavy(piece):
            return await asyncio.to_thread(work)
        return work()
