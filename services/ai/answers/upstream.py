"""Reads an answer from its endpoint as fast as it comes, until it ends, fails or is stopped."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Final

from services.ai.answers.coalescer import Coalescer
from services.ai.answers.outcome import Outcome
from services.ai.provider.ask import Ask
from services.ai.provider.connection import Connection
from services.ai.provider.errors import ContinuationRefusedError, EndpointError
from services.ai.provider.stream.images import ImageParagraphs
from services.ai.provider.stream.pieces import MOST_TOOLS, Piece
from services.ai.settings import AiSettings
from services.shared.process.logging import get_logger
from services.shared.process.tracing.spans import (
    SpanKind,
    mark_failed,
    note_event,
    set_attributes,
    span,
)

SHORTEST_SHOWN_WAIT: Final = 1.0
"""Pages do not show a shorter wait."""
AFTERWORD_SECONDS: Final = 2.0
"""How long to wait, after an answer's end, for its usage and the end of the stream."""

log = get_logger("ai.upstream")


class Upstream:
    """One request for an answer, read into `coalescer` as fast as it comes.

    `begun_length` characters of its text and `begun_reasoning` of its reasoning exist already.
    """

    def __init__(
        self,
        connection: Connection,
        settings: AiSettings,
        coalescer: Coalescer,
        *,
        begun_length: int,
        begun_reasoning: int,
    ) -> None:
        self._connection = connection
        self._settings = settings
        self._coalescer = coalescer
        self._begun_length = self._length = begun_length
        self._has_text = begun_length > 0
        self._reasoning_length = begun_reasoning
        self._asked_at = asyncio.get_running_loop().time()
        self._reasoning_since: float | None = None
        self._images = ImageParagraphs()
        self.outcome = Outcome()

    async def read(self, ask: Ask) -> None:
        """Read to the end; `outcome` says how it ended. Cancelling is a stop."""
        asked = self._connection.details(model=ask.model)
        attributes = {
            "gen_ai.operation.name": "chat",
            "gen_ai.request.model": asked.model or None,
            "natter.connection": asked.connection,
            "url.full": asked.address,
        }
        with span("chat", SpanKind.CLIENT, attributes):
            try:
                await self._read(ask)
            finally:
                self._describe_span()

    def _describe_span(self) -> None:
        """Set attributes (OpenTelemetry, "Semantic conventions for generative AI spans")."""
        outcome = self.outcome
        reasons = [outcome.finish_reason] if outcome.finish_reason else None
        set_attributes(
            {
                "gen_ai.response.model": outcome.model,
                "gen_ai.response.finish_reasons": reasons,
                "gen_ai.usage.input_tokens": outcome.prompt_tokens,
                "gen_ai.usage.output_tokens": outcome.completion_tokens,
                "natter.chunks": outcome.chunks,
                "natter.stopped": outcome.stopped,
            }
        )
        if outcome.error is not None:
            mark_failed(outcome.error)

    async def _read(self, ask: Ask) -> None:
        fault: EndpointError | None = None
        try:
            async with (
                asyncio.timeout(self._settings.answer_seconds) as deadline,
                self._connection.answer(ask, self._note_wait) as pieces,
            ):
                await self._take_all(pieces, deadline)
        except EndpointError as error:
            fault = error
            log.warning("endpoint_failed", error=error.error_class, cause=error.diagnosis)
            self.outcome.refused_continuation = isinstance(error, ContinuationRefusedError)
            self.outcome.fail(error)
        except TimeoutError:
            if self.outcome.finish_reason is None:
                log.warning("answer_took_too_long", seconds=self._settings.answer_seconds)
            self.outcome.error = "timeout"
        except asyncio.CancelledError:
            self.outcome.stopped = True
            raise
        finally:
            self._end_reasoning()
            self.outcome.conclude(has_text=self._has_text)
            self._keep_details(ask, fault)
            self._coalescer.end()

    async def _take_all(self, pieces: AsyncIterator[Piece], deadline: asyncio.Timeout) -> None:
        async for piece in pieces:
            self._take(piece)
            if self._length >= self._settings.answer_max_chars:
                self.outcome.finish_reason = "length"
                break
            if piece.finish_reason:
                _bring_forward(deadline)

    def _keep_details(self, ask: Ask, fault: EndpointError | None) -> None:
        """Keep the details of the endpoint that explain a failure or a tool call."""
        outcome = self.outcome
        if outcome.error or outcome.tools:
            model = ask.model or outcome.model
            outcome.details = self._connection.details(fault, model=model, tools=outcome.tools)

    def _note_wait(self, seconds: float) -> None:
        if seconds >= SHORTEST_SHOWN_WAIT:
            self._coalescer.note_wait(datetime.now(UTC) + timedelta(seconds=seconds))

    def _take(self, piece: Piece) -> None:
        outcome = self.outcome
        outcome.chunks += 1
        if piece.recast:
            self._reasoning_length += self._length - self._begun_length
            self._length = self._begun_length
            self._has_text = self._begun_length > 0
            # All text since then was reasoning.
            self._reasoning_since = self._asked_at
            self._coalescer.recast()
        if piece.reasoning or piece.text or piece.images:
            self._note_arrival()
            self._pass_on(piece)
        outcome.is_whole = outcome.is_whole or piece.is_last
        if piece.tool and len(outcome.tools) < MOST_TOOLS:
            outcome.tools.setdefault(piece.tool)
        outcome.finish_reason = piece.finish_reason or outcome.finish_reason
        if piece.model:
            outcome.model = self._connection.mask.name(piece.model)
        outcome.prompt_tokens = piece.prompt_tokens or outcome.prompt_tokens
        outcome.completion_tokens = piece.completion_tokens or outcome.completion_tokens

    def _note_arrival(self) -> None:
        if not self.outcome.received:
            now = asyncio.get_running_loop().time()
            self.outcome.first_token_seconds = now - self._asked_at
            note_event("first token")
        self.outcome.received = True

    def _pass_on(self, piece: Piece) -> None:
        room = max(0, self._settings.answer_max_chars - self._length)
        reasoning_room = max(0, self._settings.reasoning_max_chars - self._reasoning_length)
        text = self._images.text_with(
            piece.text, piece.images, room=room, is_first=not self._length
        )[:room]
        reasoning = piece.reasoning[:reasoning_room]
        self._length += len(text)
        self._reasoning_length += len(reasoning)
        if piece.reasoning and self._reasoning_since is None:
            self._reasoning_since = asyncio.get_running_loop().time()
        if text:
            self._end_reasoning()
            self._has_text = self._has_text or not text.isspace()
        self._coalescer.add(text, reasoning)

    def _end_reasoning(self) -> None:
        """Report once how long the reasoning took: until the first word, or the end."""
        if self._reasoning_since is not None and self._reasoning_since >= 0:
            now = asyncio.get_running_loop().time()
            self._coalescer.end_reasoning(now - self._reasoning_since)
            self._reasoning_since = -1.0


def _bring_forward(deadline: asyncio.Timeout) -> None:
    end = asyncio.get_running_loop().time() + AFTERWORD_SECONDS
    deadline.reschedule(min(end, deadline.when() or end))
