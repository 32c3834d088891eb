"""Writes one answer: takes its log over, asks the endpoint, and shows what comes."""

import asyncio
from dataclasses import dataclass
from typing import Final

from markupsafe import Markup

from services.ai.broadcast import Broadcast
from services.ai.coalescer import Coalescer, Gathered
from services.ai.colouring import Colouring
from services.ai.context_window import Calibration
from services.ai.growing_html import GrowingHtml
from services.ai.growing_text import GrowingText
from services.ai.prompt import Prompt, prompt_for
from services.ai.provider.connection import Connection
from services.ai.result import answer_result, ended_view
from services.ai.settings import AiSettings
from services.ai.stops import cancel_when, heeding
from services.ai.text_log import TextLog
from services.ai.upstream import Outcome, Upstream
from services.shared.highlighting.allowance import Allowance
from services.shared.markdown import Change
from services.shared.message_view import MessageView
from services.shared.messages import AnswerJob, AnswerResult
from services.shared.rendering import Renderer

TRIES: Final = 3
"""Requests for one answer, before its first word: as asked, shortened, and from its beginning."""


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
    calibration: Calibration
    allowance: Allowance
    """What is left of the time that the answer may wait for colours."""

    async def write(self, connection: Connection, stop: asyncio.Event) -> AnswerResult:
        """Write the answer and return how it ended; set `stop` to stop it where it is."""
        system = self.settings.system_prompt
        prompt = await heeding(stop, prompt_for(self.job, connection, system, self.calibration))
        if prompt is None:
            return await self.end(Outcome(stopped=True))
        self.log.left_out = self.job.left_out + prompt.window.left_out
        html, outcome = await self._try(connection, prompt, stop)
        for _ in range(TRIES - 1):
            if outcome.received or not await self._is_worth_another(connection, prompt, outcome):
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
        prefill = await heeding(stop, self._can_go_on(connection))
        html = await self._begin()
        if prefill is None:
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
        ask = prompt.ask(str(self.log.text), prefill=prefill)
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
        return html, upstream.outcome

    async def _can_go_on(self, connection: Connection) -> bool:
        """Tell whether the endpoint can go on from the text; begin anew where it cannot.

        What a reader asked to have continued is kept: there the endpoint is asked to go on.
        """
        log = self.log
        if log.text.length and await connection.can_continue():
            return True
        if log.text.length != len(self.job.begun) or log.reasoning.length:
            log.text = GrowingText.of(self.job.begun)
            log.reasoning, log.reasoning_seconds = GrowingText(), None
            log.restarted = True
        return False

    async def _show(
        self, coalescer: Coalescer, html: GrowingHtml, colouring: Colouring
    ) -> GrowingHtml:
        """Log and show what comes; nothing is shown that the log has not taken."""
        begun = self.log.text.length
        colouring.want(html.take_codes())
        async for gathered in coalescer.gathered():
            if gathered.recast:
                most = self.settings.reasoning_max_chars
                await self.log.recast(gathered, kept=begun, most=most)
                html = await self._show_all()
            else:
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

    async def _is_worth_another(
        self, connection: Connection, prompt: Prompt, outcome: Outcome
    ) -> bool:
        """Tell whether the endpoint refused something that it can be asked without."""
        if outcome.error == "context_length":
            is_shorter = prompt.shorten(outcome.context_tokens)
            self.log.left_out = self.job.left_out + prompt.window.left_out
            return is_shorter
        is_refused = outcome.error == "bad_response" and outcome.prefilled
        return is_refused and not await connection.can_continue()

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
