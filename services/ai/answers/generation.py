"""Writes one answer: takes its log over, asks the endpoint, and shows what comes."""

import asyncio
from dataclasses import dataclass
from enum import Enum
from typing import Final

from markupsafe import Markup

from services.ai.answers.answer_line import Tally
from services.ai.answers.answer_log import TextLog
from services.ai.answers.broadcast import Broadcast
from services.ai.answers.coalescer import Coalescer, Gathered
from services.ai.answers.colouring import Colouring
from services.ai.answers.context_window import Calibration
from services.ai.answers.growing_html import GrowingHtml
from services.ai.answers.growing_text import GrowingText
from services.ai.answers.prompt import Prompt, prompt_for
from services.ai.answers.result import answer_result, ended_view
from services.ai.answers.stops import cancel_when, heeding
from services.ai.answers.upstream import Outcome, Upstream
from services.ai.metrics import AnswerMetrics
from services.ai.provider.connection import Connection
from services.ai.settings import AiSettings
from services.shared.bus.messages import AnswerJob, AnswerResult
from services.shared.highlighting.allowance import Allowance
from services.shared.markdown import Change
from services.shared.pages.message_view import MessageView
from services.shared.pages.rendering import Renderer

TRIES: Final = 4
"""Requests for one answer, before its first word.

As a prefill, shortened, in words, and from its beginning.
"""


class Manner(Enum):
    """How an endpoint is asked to go on with an answer that was begun."""

    PREFILL = "prefill"
    """As its own last message."""
    IN_WORDS = "in words"
    """By a request of the user; only for what a reader asked to have continued."""
    ANEW = "anew"
    """Not at all."""


@dataclass(slots=True)
class Generation:
    """One attempt at an answer, on the log that it takes over.

    Every method raises `FencedError` where another worker has the answer now, and `PublishError`
    where the bus is away; whatever the endpoint does is part of a result.
    """

    job: AnswerJob
    log: TextLog
    broadcast: Broadcast
    renderer: Renderer
    settings: AiSettings
    metrics: AnswerMetrics
    calibration: Calibration
    allowance: Allowance
    """What is left of the time that the answer may wait for colours."""
    tally: Tally
    manner: Manner = Manner.PREFILL
    """How the endpoint is asked to go on; what it refuses is not asked of it again."""

    async def write(self, connection: Connection, stop: asyncio.Event) -> AnswerResult:
        """Write the answer and return how it ended; set `stop` to stop it where it is."""
        system = self.settings.system_prompt
        prompt = await heeding(stop, prompt_for(self.job, connection, system, self.calibration))
        if prompt is None:
            return await self.end(Outcome(stopped=True))
        self.log.left_out = self.job.left_out + prompt.window.left_out
        html, outcome = await self._try(connection, prompt, stop)
        for _ in range(TRIES - 1):
            if not self._is_worth_another(prompt, outcome):
                break
            html, outcome = await self._try(connection, prompt, stop)
        prompt.learn(outcome.prompt_tokens)
        return await self._conclude(html, outcome, prompt)

    async def end(self, outcome: Outcome) -> AnswerResult:
        """End the answer as it stands, without asking anybody."""
        return await self._conclude(await self._begin(), outcome, None)

    async def show_again(self, result: AnswerResult) -> AnswerResult:
        """Show an answer whose end is in the log: whoever wrote it may not have come to that."""
        html = await self._html()
        await html.finish()
        texts = {"text": str(self.log.text), "reasoning": str(self.log.reasoning)}
        result = result.model_copy(update=texts)
        await self.broadcast.show(ended_view(html.now(), result, html.text.whole))
        if changes := await self._colour_rest(html):
            await self.broadcast.grow(changes)
        return result

    async def _try(
        self, connection: Connection, prompt: Prompt, stop: asyncio.Event
    ) -> tuple[GrowingHtml, Outcome]:
        manner = await heeding(stop, self._choose_manner(connection))
        html = await self._begin()
        if manner is None:
            return html, Outcome(stopped=True)
        coalescer = Coalescer(
            seconds=self.settings.flush_ms / 1000, limit=self.settings.flush_bytes
        )
        upstream = Upstream(
            connection,
            self.settings,
            coalescer,
            begun_length=self.log.text.length,
            begun_reasoning=self.log.reasoning.length,
        )
        prefills = manner is Manner.PREFILL
        ask = prompt.ask(str(self.log.text), str(self.log.reasoning), prefills=prefills)
        colouring = Colouring(self.allowance, coalescer)
        async with asyncio.TaskGroup() as tasks:
            reading = tasks.create_task(upstream.read(ask))
            beside = [
                tasks.create_task(cancel_when(stop, reading)),
                tasks.create_task(colouring.run()),
            ]
            html = await self._show(coalescer, html, colouring)
            for task in beside:
                task.cancel()
        self.tally.add(upstream.outcome)
        if upstream.outcome.first_token_seconds is not None:
            self.metrics.first_token_seconds.observe(upstream.outcome.first_token_seconds)
        return html, upstream.outcome

    async def _choose_manner(self, connection: Connection) -> Manner:
        """Choose how to go on, and take back what of the answer cannot be gone on with."""
        log = self.log
        if self.manner is Manner.PREFILL:
            if str(log.text).strip() and await connection.knowledge.continuation():
                return self.manner
            self.manner = Manner.IN_WORDS
        kept = self.job.begun if self.manner is Manner.IN_WORDS else ""
        if log.text.length != len(kept) or log.reasoning.length:
            log.text = GrowingText.of(kept)
            log.reasoning, log.reasoning_seconds = GrowingText(), None
            log.restarted = True
        return self.manner

    async def _show(
        self, coalescer: Coalescer, html: GrowingHtml, colouring: Colouring
    ) -> GrowingHtml:
        """Log and show what comes; nothing is shown that the log has not taken."""
        begun = self.log.text.length
        colouring.want(html.take_codes())
        async for gathered in coalescer.gathered():
            self.tally.flushes += 1
            if gathered.recast:
                most = self.settings.reasoning_max_chars
                await self.log.recast(gathered, kept=begun, most=most)
                html = await self._show_all()
            else:
                with self.metrics.flush_seconds.time():
                    await self._show_more(html, gathered)
            colouring.want(html.take_codes())
        return html

    async def _show_more(self, html: GrowingHtml, gathered: Gathered) -> None:
        if gathered.is_said:
            await self.log.grow(gathered)
        if changes := await html.grow(gathered):
            self.log.shown = await self.broadcast.grow(changes)

    async def _colour_rest(
        self, html: GrowingHtml, changes: tuple[Change, ...] = ()
    ) -> tuple[Change, ...]:
        """Show these changes, which do not wait for colours, and return those that colours make.

        Without anything to colour, return the changes as they are.
        """
        if not html.uncoloured:
            return changes
        if changes:
            await self.broadcast.grow(changes)
        return html.colour(await self.allowance.colours(html.uncoloured))

    def _is_worth_another(self, prompt: Prompt, outcome: Outcome) -> bool:
        """Tell whether the endpoint refused something that it can be asked without."""
        if outcome.begins_anew and not outcome.stopped:
            self.manner = Manner.IN_WORDS if self.manner is Manner.PREFILL else Manner.ANEW
            return True
        if outcome.error == "context_length" and not outcome.received:
            is_shorter = prompt.shorten(outcome.context_tokens)
            self.log.left_out = self.job.left_out + prompt.window.left_out
            return is_shorter
        return False

    async def _conclude(
        self, html: GrowingHtml, outcome: Outcome, prompt: Prompt | None
    ) -> AnswerResult:
        result = answer_result(self.log, outcome, prompt)
        changes, ending = await html.finish()
        await self.log.end(result)
        changes = await self._colour_rest(html, changes)
        view = ended_view(html.now(), result, html.text.whole)
        await self.broadcast.end(view, changes, whole=ending.needs_replace)
        return result

    async def _begin(self) -> GrowingHtml:
        await self.log.begin()
        return await self._show_all()

    async def _show_all(self) -> GrowingHtml:
        html = await self._html()
        self.log.shown = await self.broadcast.show(html.now())
        return html

    async def _html(self) -> GrowingHtml:
        log = self.log
        view = MessageView(
            self.job.chat_id,
            self.job.message_id,
            "assistant",
            "streaming",
            body=Markup(),
            versions=self.job.versions,
            left_out=log.left_out,
            restarted=log.restarted,
        )
        return await GrowingHtml.of(self.renderer, view, log)
