"""The HTML of a growing answer: its text, and the reasoning before it."""

import asyncio
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Self

from markupsafe import Markup, escape

from services.ai.answers.answer_log import AnswerLog
from services.ai.answers.coalescer import Batch
from services.shared.highlighting.code import Code, Colours
from services.shared.markdown import Change, FinalChanges, Splitter, is_heavy
from services.shared.pages.message_view import (
    MessageView,
    ReasoningView,
    message_element,
    reasoning_element,
    reasoning_summary_element,
    render_reasoning,
    render_wait,
    thinking_element,
    thinking_time,
)
from services.shared.pages.rendering import Renderer


@dataclass(slots=True)
class GrowingHtml:
    """What pages show of an answer; methods that add to it return the changes for the pages."""

    renderer: Renderer
    view: MessageView
    text: Splitter
    thoughts: Splitter | None
    seconds: float | None
    waits: bool = False
    """Pages show that the endpoint asks to wait."""
    uncoloured: dict[Code, None] = field(default_factory=dict)
    """Finished code that has no colours yet, in order."""

    @classmethod
    async def of(cls, renderer: Renderer, view: MessageView, log: AnswerLog) -> Self:
        """Render what the log holds."""
        text = await _splitter(message_element(view.id), str(log.text))
        thoughts = None
        if log.reasoning.length:
            thoughts = await _splitter(reasoning_element(view.id), str(log.reasoning))
        return cls(renderer, view, text, thoughts, log.reasoning_seconds)

    def now(self) -> MessageView:
        """Return the message as it stands."""
        return replace(
            self.view, body=self.text.done, open_end=self.text.open_end, reasoning=self._reasoning()
        )

    async def grow(self, batch: Batch) -> tuple[Change, ...]:
        """Add a batch."""
        changes = self.colour(batch.colours)
        if batch.retry_at is not None:
            return changes + self._wait(batch.retry_at)
        if not batch.has_content:
            return changes
        changes += self._end_wait()
        if batch.reasoning:
            changes += await self._think(batch.reasoning)
        if batch.reasoning_seconds is not None:
            self.seconds = batch.reasoning_seconds
            changes += self._summary()
        if batch.text:
            changes += await _feed(self.text, batch.text)
        return changes

    def take_codes(self) -> tuple[Code, ...]:
        """Return the code that was finished since the last call and can be coloured."""
        codes = self.text.take_codes()
        if self.thoughts is not None:
            codes += self.thoughts.take_codes()
        self.uncoloured |= dict.fromkeys(codes)
        return codes

    def colour(self, colours: Colours) -> tuple[Change, ...]:
        """Colour code that came earlier."""
        if not colours:
            return ()
        for code in colours:
            self.uncoloured.pop(code, None)
        changes = self.text.colour(colours)
        return changes + (self.thoughts.colour(colours) if self.thoughts else ())

    async def finish(self) -> tuple[tuple[Change, ...], FinalChanges]:
        """End the answer; return the last changes, and how its text ended."""
        changes = self._end_wait() + await self._end_thoughts()
        ending = await _finish(self.text)
        self.take_codes()
        return changes + ending.changes, ending

    def _wait(self, until: datetime) -> tuple[Change, ...]:
        if self.text.done or self.text.open_end or self.thoughts:
            return ()  # there is something to read
        self.waits = True
        note = render_wait(self.renderer, until)
        return (Change("update", thinking_element(self.view.id), note),)

    def _end_wait(self) -> tuple[Change, ...]:
        if not self.waits:
            return ()
        self.waits = False
        return (Change("update", thinking_element(self.view.id), Markup()),)

    def _reasoning(self) -> ReasoningView | None:
        thoughts = self.thoughts
        return ReasoningView(thoughts.done, thoughts.open_end, self.seconds) if thoughts else None

    async def _think(self, reasoning: str) -> tuple[Change, ...]:
        if self.thoughts is not None:
            return await _feed(self.thoughts, reasoning)
        self.thoughts = Splitter(reasoning_element(self.view.id))
        await _feed(self.thoughts, reasoning)
        details = render_reasoning(self.renderer, self.now())
        return (Change("update", thinking_element(self.view.id), details),)

    async def _end_thoughts(self) -> tuple[Change, ...]:
        if self.thoughts is None:
            return ()
        ending = await _finish(self.thoughts)
        changes = ending.changes
        if ending.needs_replace:
            body = f"{reasoning_element(self.view.id)}_done"
            changes += (Change("update", body, self.thoughts.whole),)
        if self.seconds is None:
            # The worker that measured the time has died.
            self.seconds = 0.0
            changes += self._summary()
        return changes

    def _summary(self) -> tuple[Change, ...]:
        if self.thoughts is None:
            return ()
        words = escape(thinking_time(self.seconds))
        return (Change("update", reasoning_summary_element(self.view.id), words),)


async def _splitter(id_prefix: str, begun: str) -> Splitter:
    if is_heavy(begun):
        return await asyncio.to_thread(Splitter, id_prefix, begun=begun)
    return Splitter(id_prefix, begun=begun)


async def _feed(splitter: Splitter, text: str) -> tuple[Change, ...]:
    if splitter.heavy:
        return await asyncio.to_thread(splitter.feed, text)
    return splitter.feed(text)


async def _finish(splitter: Splitter) -> FinalChanges:
    return await asyncio.to_thread(splitter.finish) if splitter.heavy else splitter.finish()
