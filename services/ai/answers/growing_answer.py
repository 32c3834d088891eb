"""An answer as it grows: logged first, then shown on the open pages."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field

from markupsafe import Markup

from services.ai.answers.answer_log import AnswerLog
from services.ai.answers.broadcast import Broadcast
from services.ai.answers.canonical_log_line import AnswerStats
from services.ai.answers.coalescer import Batch, Coalescer
from services.ai.answers.growing_html import GrowingHtml
from services.ai.answers.result import ended_view
from services.ai.metrics import AnswerMetrics
from services.shared.bus.messages import AnswerJob, AnswerResult
from services.shared.highlighting.budget import HighlightingBudget
from services.shared.highlighting.code import Code
from services.shared.markdown import Change
from services.shared.pages.message_view import MessageView
from services.shared.pages.rendering import Renderer


@dataclass(frozen=True, slots=True)
class Begun:
    """What an answer continues."""

    text: str = ""
    reasoning: str = ""

    @property
    def lengths(self) -> tuple[int, int]:
        """The characters of both."""
        return len(self.text), len(self.reasoning)


@dataclass(slots=True)
class GrowingAnswer:
    """One attempt's answer in its log and on the pages, which show nothing that is not logged.

    Every method raises `FencedError` where another worker has the answer now, and `PublishError`
    where the bus is away.
    """

    job: AnswerJob
    log: AnswerLog
    broadcast: Broadcast
    renderer: Renderer
    metrics: AnswerMetrics
    budget: HighlightingBudget
    """The time that the answer may still wait for colours."""
    stats: AnswerStats
    _html: GrowingHtml = field(init=False)

    async def begin(self) -> None:
        """Take the log over, and show what it holds."""
        await self.log.begin()
        await self._show()

    async def follow(self, coalescer: Coalescer, begun: Begun, *, most_reasoning: int) -> None:
        """Log and show batches until the coalescer ends; a recast is cut to `most_reasoning`.

        The first batch with content comes after `begun`, in the place of what else there is.
        """
        is_due = (self.log.text.length, self.log.reasoning.length) != begun.lengths
        colouring = Colouring(self.budget, coalescer)
        async with asyncio.TaskGroup() as tasks:
            asking = tasks.create_task(colouring.run())
            colouring.want(self._html.take_codes())
            async for batch in coalescer.batches():
                self.stats.flushes += 1
                if is_due and (batch.has_content or batch.recast):
                    is_due = False
                    self.log.restart(begun.text)
                    await self.begin()
                if batch.recast:
                    kept = len(begun.text)
                    await self.log.recast(batch, kept=kept, most=most_reasoning)
                    await self._show()
                else:
                    with self.metrics.flush_seconds.time():
                        await self._grow(batch)
                colouring.want(self._html.take_codes())
            asking.cancel()

    async def end(self, result: AnswerResult) -> None:
        """Log how the answer ended, and show it."""
        changes, ending = await self._html.finish()
        await self.log.end(result)
        changes = await self._colour_rest(changes)
        view = ended_view(self._html.now(), result, self._html.text.whole)
        await self.broadcast.end(view, changes, whole=ending.needs_replace)

    async def show_again(self, result: AnswerResult) -> None:
        """Show an answer whose end is logged: its writer may have died before it showed it."""
        html = self._html = await self._rendered()
        await html.finish()
        await self.broadcast.show(ended_view(html.now(), result, html.text.whole))
        if changes := await self._colour_rest(()):
            await self.broadcast.grow(changes)

    async def _grow(self, batch: Batch) -> None:
        if batch.has_content:
            await self.log.grow(batch)
        if changes := await self._html.grow(batch):
            self.log.shown = await self.broadcast.grow(changes)

    async def _colour_rest(self, changes: tuple[Change, ...]) -> tuple[Change, ...]:
        """Show `changes` before waiting for the last colours, and return what these change.

        Without code to colour, return `changes` as they are.
        """
        if not self._html.uncoloured:
            return changes
        if changes:
            await self.broadcast.grow(changes)
        return self._html.colour(await self.budget.colours(self._html.uncoloured))

    async def _show(self) -> None:
        self._html = await self._rendered()
        self.log.shown = await self.broadcast.show(self._html.now())

    async def _rendered(self) -> GrowingHtml:
        view = MessageView(
            self.job.chat_id,
            self.job.message_id,
            "assistant",
            "streaming",
            body=Markup(),
            versions=self.job.versions,
            left_out=self.log.left_out,
            restarted=self.log.restarted,
        )
        return await GrowingHtml.of(self.renderer, view, self.log)


class Colouring:
    """Has code coloured while the text grows; the colours come with a later batch."""

    def __init__(self, budget: HighlightingBudget, coalescer: Coalescer) -> None:
        self._budget = budget
        self._coalescer = coalescer
        self._wanted: list[Code] = []
        self._some = asyncio.Event()

    def want(self, codes: Iterable[Code]) -> None:
        """Have more code coloured."""
        self._wanted += codes
        if self._wanted:
            self._some.set()

    async def run(self) -> None:
        """Ask for the wanted colours until cancelled."""
        while True:
            await self._some.wait()
            self._some.clear()
            codes, self._wanted = self._wanted, []
            self._coalescer.colour(await self._budget.colours(codes))
