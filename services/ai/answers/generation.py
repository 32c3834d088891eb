"""Asks an endpoint for an answer, in up to four tries, and ends the answer."""

import asyncio
from dataclasses import dataclass
from enum import Enum
from typing import Final

from services.ai.answers.coalescer import Coalescer
from services.ai.answers.context_window import Calibration
from services.ai.answers.growing_answer import Begun, GrowingAnswer
from services.ai.answers.outcome import Outcome
from services.ai.answers.prompt import Prompt, prompt_for
from services.ai.answers.result import answer_result
from services.ai.answers.stops import cancel_when, unless_stopped
from services.ai.answers.upstream import Upstream
from services.ai.provider.connection import Connection
from services.ai.settings import AiSettings
from services.shared.bus.messages import AnswerResult

TRIES: Final = 4
"""Requests for one answer, before its first word.

With a prefill, with fewer turns, with a request to continue, and from the beginning.
"""


class ContinuationMode(Enum):
    """How an endpoint is asked to continue a begun answer."""

    PREFILL = "prefill"
    """The begun text is sent as the last message of the assistant."""
    REQUEST = "request"
    """A message of the user asks for the rest; only where a reader asked to continue."""
    RESTART = "restart"
    """The answer is asked for from its beginning."""


_NEXT: Final = {
    ContinuationMode.PREFILL: ContinuationMode.REQUEST,
    ContinuationMode.REQUEST: ContinuationMode.RESTART,
    ContinuationMode.RESTART: ContinuationMode.RESTART,
}
"""The mode to try after a refused one."""


@dataclass(slots=True)
class Generation:
    """One attempt at an answer.

    Every method raises what `GrowingAnswer` does; what the endpoint does wrong is part of a result.
    """

    answer: GrowingAnswer
    settings: AiSettings
    calibration: Calibration
    mode: ContinuationMode = ContinuationMode.PREFILL
    """A mode that the endpoint refused is not tried again."""

    async def write(self, connection: Connection, stop: asyncio.Event) -> AnswerResult:
        """Write the answer and return how it ended; setting `stop` stops it where it is."""
        system = self.settings.system_prompt
        asking = prompt_for(self.answer.job, connection, system, self.calibration)
        prompt = await unless_stopped(stop, asking)
        if prompt is None:
            return await self.end(Outcome(stopped=True))
        self._note_left_out(prompt)
        outcome = await self._try(connection, prompt, stop)
        for _ in range(TRIES - 1):
            if not self._can_ask_differently(prompt, outcome):
                break
            outcome = await self._try(connection, prompt, stop)
        prompt.learn(outcome.prompt_tokens)
        return await self._conclude(outcome, prompt)

    async def end(self, outcome: Outcome) -> AnswerResult:
        """End the answer as it stands, without asking the endpoint."""
        await self.answer.begin()
        return await self._conclude(outcome, None)

    async def show_again(self, result: AnswerResult) -> AnswerResult:
        """Show an answer whose end is logged, and return its result with the logged texts."""
        log = self.answer.log
        texts = {"text": str(log.text), "reasoning": str(log.reasoning)}
        result = result.model_copy(update=texts)
        await self.answer.show_again(result)
        return result

    async def _try(self, connection: Connection, prompt: Prompt, stop: asyncio.Event) -> Outcome:
        mode = await unless_stopped(stop, self._choose_mode(connection))
        await self.answer.begin()
        if mode is None:
            return Outcome(stopped=True)
        settings = self.settings
        coalescer = Coalescer(seconds=settings.flush_ms / 1000, limit=settings.flush_bytes)
        begun = self._begun(mode)
        upstream = Upstream(
            connection,
            settings,
            coalescer,
            begun_length=len(begun.text),
            begun_reasoning=len(begun.reasoning),
        )
        prefills = mode is ContinuationMode.PREFILL
        ask = prompt.ask(begun.text, begun.reasoning, prefills=prefills)
        async with asyncio.TaskGroup() as tasks:
            reading = tasks.create_task(upstream.read(ask))
            stopping = tasks.create_task(cancel_when(stop, reading))
            await self.answer.follow(coalescer, begun, most_reasoning=settings.reasoning_max_chars)
            stopping.cancel()
        self._count(upstream.outcome)
        return upstream.outcome

    def _count(self, outcome: Outcome) -> None:
        self.answer.stats.add_outcome(outcome)
        if outcome.first_token_seconds is not None:
            self.answer.metrics.first_token_seconds.observe(outcome.first_token_seconds)

    async def _choose_mode(self, connection: Connection) -> ContinuationMode:
        if self.mode is ContinuationMode.PREFILL:
            has_text = str(self.answer.log.text).strip()
            if not has_text or not await connection.knowledge.continuation():
                self.mode = ContinuationMode.REQUEST
        return self.mode

    def _begun(self, mode: ContinuationMode) -> Begun:
        """Return the part of the answer that is continued; the endpoint's first word ends the rest.

        Until then readers keep what they have, and for good if no word comes.
        """
        log = self.answer.log
        if mode is ContinuationMode.PREFILL:
            return Begun(str(log.text), str(log.reasoning))
        return Begun(self.answer.job.begun if mode is ContinuationMode.REQUEST else "")

    def _can_ask_differently(self, prompt: Prompt, outcome: Outcome) -> bool:
        """Return whether the next request can leave out what the endpoint refused."""
        if outcome.refused_continuation and not outcome.stopped:
            self.mode = _NEXT[self.mode]
            return True
        if outcome.error == "context_length" and not outcome.received:
            is_shorter = prompt.shorten(outcome.context_tokens)
            self._note_left_out(prompt)
            return is_shorter
        return False

    def _note_left_out(self, prompt: Prompt) -> None:
        self.answer.log.left_out = self.answer.job.left_out + prompt.window.left_out

    async def _conclude(self, outcome: Outcome, prompt: Prompt | None) -> AnswerResult:
        result = answer_result(self.answer.log, outcome, prompt)
        await self.answer.end(result)
        return result
