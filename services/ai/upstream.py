"""Reads an answer from its endpoint, as fast as it comes, until it ends, fails or is to stop."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from services.ai.coalescer import Coalescer
from services.ai.provider.asking import Ask
from services.ai.provider.chunks import Piece
from services.ai.provider.connection import Connection
from services.ai.provider.errors import ContinuationRefusedError, EndpointError
from services.ai.settings import AiSettings
from services.shared.logging import get_logger
from services.shared.messages import ErrorClass

NOTICED_SECONDS: Final = 1.0
"""A shorter wait is over before its reader has read of it."""
AFTERWORD_SECONDS: Final = 2.0
"""How long what follows the end of an answer is waited for: the usage, and the stream's own end."""

_UNFINISHED: Final[frozenset[ErrorClass]] = frozenset({"cut_off", "timeout"})

log = get_logger("ai.upstream")


@dataclass(slots=True)
class Outcome:
    """How reading an answer ended, and what the endpoint told of it; counts are in tokens."""

    finish_reason: str | None = None
    error: ErrorClass | None = None
    retry_at: datetime | None = None
    context_tokens: int | None = None
    model: str | None = None
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    received: bool = False
    """Some text or reasoning has come."""
    stopped: bool = False
    begins_anew: bool = False
    """The endpoint does not go on with what was begun in the way in which it was asked."""

    def fail(self, error: EndpointError) -> None:
        """Note what went wrong."""
        # A connection that ends within an answer reached its endpoint well enough.
        lost = error.error_class == "unreachable" and self.received
        self.error = "cut_off" if lost else error.error_class
        self.context_tokens = error.context_tokens
        if error.retry_after is not None:
            self.retry_at = datetime.now(UTC) + timedelta(seconds=error.retry_after)

    def conclude(self) -> None:
        """Judge the end: a stream that gives no finish reason was cut off, any other was not."""
        if self.finish_reason is not None and self.error in _UNFINISHED:
            self.error = None
        if self.stopped:
            self.error = None
        elif self.finish_reason == "content_filter":
            self.error = "content_filter"
        elif self.error is None and self.finish_reason is None:
            self.error = "cut_off"


class Upstream:
    """One request for an answer, read into `coalescer` as fast as it comes.

    So many characters of its text and of its reasoning are there already.
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
        self._reasoning_length = begun_reasoning
        self._asked_at = asyncio.get_running_loop().time()
        self._thinking_since: float | None = None
        self.outcome = Outcome()

    async def read(self, ask: Ask) -> None:
        """Read to the end; whatever the endpoint does is in `outcome`. Cancelling it is a stop."""
        try:
            async with (
                asyncio.timeout(self._settings.answer_seconds) as patience,
                self._connection.answer(ask, self._wait) as pieces,
            ):
                await self._take_all(pieces, patience)
        except EndpointError as error:
            log.warning("endpoint_failed", error=error.error_class, cause=error.diagnosis)
            self.outcome.begins_anew = isinstance(error, ContinuationRefusedError)
            self.outcome.fail(error)
        except TimeoutError:
            if self.outcome.finish_reason is None:
                log.warning("answer_took_too_long", seconds=self._settings.answer_seconds)
            self.outcome.error = "timeout"
        except asyncio.CancelledError:
            self.outcome.stopped = True
            raise
        finally:
            self._end_thought()
            self.outcome.conclude()
            self._coalescer.end()

    async def _take_all(self, pieces: AsyncIterator[Piece], patience: asyncio.Timeout) -> None:
        async for piece in pieces:
            self._take(piece)
            if self._length >= self._settings.answer_max_chars:
                self.outcome.finish_reason = "length"
                break
            if piece.finish_reason:
                _shorten(patience)

    def _wait(self, seconds: float) -> None:
        if seconds >= NOTICED_SECONDS:
            self._coalescer.wait(datetime.now(UTC) + timedelta(seconds=seconds))

    def _take(self, piece: Piece) -> None:
        outcome = self.outcome
        if piece.recast:
            self._reasoning_length += self._length - self._begun_length
            self._length = self._begun_length
            # What came since then was thought, not said.
            self._thinking_since = self._asked_at
            self._coalescer.recast()
        if piece.reasoning or piece.text:
            outcome.received = True
            self._pass_on(piece)
        outcome.finish_reason = piece.finish_reason or outcome.finish_reason
        outcome.model = piece.model or outcome.model
        outcome.prompt_tokens = piece.prompt_tokens or outcome.prompt_tokens
        outcome.completion_tokens = piece.completion_tokens or outcome.completion_tokens

    def _pass_on(self, piece: Piece) -> None:
        room = max(0, self._settings.answer_max_chars - self._length)
        reasoning_room = max(0, self._settings.reasoning_max_chars - self._reasoning_length)
        text, reasoning = piece.text[:room], piece.reasoning[:reasoning_room]
        self._length += len(text)
        self._reasoning_length += len(reasoning)
        if piece.reasoning and self._thinking_since is None:
            self._thinking_since = asyncio.get_running_loop().time()
        if text:
            self._end_thought()
        self._coalescer.add(text, reasoning)

    def _end_thought(self) -> None:
        """Tell once how long the model thought: until its first word, or its end."""
        if self._thinking_since is not None and self._thinking_since >= 0:
            now = asyncio.get_running_loop().time()
            self._coalescer.thought(now - self._thinking_since)
            self._thinking_since = -1.0


def _shorten(patience: asyncio.Timeout) -> None:
    end = asyncio.get_running_loop().time() + AFTERWORD_SECONDS
    patience.reschedule(min(end, patience.when() or end))
