"""Streams one answer: its text as it grows, and what stands around it once it has ended."""

import asyncio
import dataclasses
from collections.abc import AsyncIterator, Callable
from secrets import token_hex
from time import monotonic
from typing import Final

from markupsafe import Markup

from services.shared.pages.message_view import (
    MessageView,
    ReasoningView,
    message_element,
    reasoning_element,
    render_message,
)
from services.web.live.growing_text import GrowingText
from services.web.live.watch import AnswerWatch
from services.web.messages.views import message_view
from services.web.rendering.templates import Templates

LOOK_SECONDS: Final = 0.25
# Tells proxies that the page is alive, and us that its reader is gone.
SILENCE_SECONDS: Final = 10.0
SIGN_OF_LIFE: Final = "<!-- waiting\n-->"


class BrokenOffError(Exception):
    """The page has to end before the answer does."""


class AnswerStream:
    """An unfinished answer on a page that streams."""

    def __init__(
        self,
        templates: Templates,
        watch: AnswerWatch,
        must_end: Callable[[], bool],
        csrf_field: str,
    ) -> None:
        self._templates = templates
        self._texts = templates.texts.of_a_page()
        self._watch = watch
        self._must_end = must_end
        self._csrf_field = csrf_field
        self._text: GrowingText | None = None
        self._closing = ""

    async def parts(self) -> AsyncIterator[str]:
        """Give the HTML in parts until the answer has ended.

        Raises `BrokenOffError`, after parts that close what is open, if `must_end` says so.
        """
        yield SIGN_OF_LIFE
        sent_at = monotonic()
        while (await self._look()).message.is_unfinished:
            if self._must_end():
                yield await self._break_off()
                raise BrokenOffError
            if part := await self._grow():
                yield part
                sent_at = monotonic()
            elif monotonic() - sent_at > SILENCE_SECONDS:
                yield SIGN_OF_LIFE
                sent_at = monotonic()
            await asyncio.sleep(LOOK_SECONDS)
        yield await self._end()

    async def _look(self) -> AnswerWatch:
        await self._watch.look()
        return self._watch

    async def _grow(self) -> str:
        text = self._watch.text
        if not text:
            return ""
        opening = ""
        if self._text is None:
            element = message_element(self._watch.message.id)
            self._text = GrowingText(self._templates, self._texts, element)
            opening, self._closing = self._around(await self._begun_view())
        return f"{opening}{_on_a_line(await self._text.grow(text))}"

    async def _begun_view(self) -> MessageView:
        """Return the view of the answer when its text begins: it has been thought about."""
        watch = self._watch
        view = await message_view(self._texts, watch.message, watch.logged)
        if not watch.logged or not watch.logged.reasoning:
            return view
        thoughts = await self._texts.whole(reasoning_element(view.id), watch.logged.reasoning)
        seconds = watch.logged.reasoning_seconds or 0
        return dataclasses.replace(view, reasoning=ReasoningView(thoughts, seconds=seconds))

    async def _end(self) -> str:
        view = await message_view(self._texts, self._watch.message)
        if self._text is None:
            return self._render(view)
        rest = await self._text.end(self._watch.message.content)
        return f"{_on_a_line(rest)}{self._around(view)[1]}"

    async def _break_off(self) -> str:
        if self._text is None:
            return ""
        return f"{await self._text.break_off()}{self._closing}"

    def _around(self, view: MessageView) -> tuple[str, str]:
        """Return what stands before and after a message's text."""
        gap = token_hex()
        empty = dataclasses.replace(view, body=Markup(gap), open_end=Markup())  # noqa: S704 - digits
        before, _, after = self._render(empty).partition(gap)
        return before, after

    def _render(self, view: MessageView) -> Markup:
        return render_message(self._templates, view, self._csrf_field)


def _on_a_line(html: Markup) -> str:
    """End HTML with a line end, which shows nothing on a page: terminals may wait for one."""
    return f"{html}\n" if html else ""
