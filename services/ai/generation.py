"""Writes one answer: reads the endpoint and shows what comes, both at once."""

import asyncio
from dataclasses import dataclass, field

from markupsafe import Markup

from services.ai.broadcast import Broadcast
from services.ai.coalescer import Coalescer
from services.ai.provider.chunks import Piece
from services.ai.provider.errors import EndpointError
from services.ai.provider.openai import Endpoint
from services.ai.settings import AiSettings
from services.shared.logging import get_logger
from services.shared.markdown import Splitter
from services.shared.message_view import message_element
from services.shared.messages import AnswerJob, AnswerResult, ErrorClass, Turn

log = get_logger("ai.generation")


@dataclass(slots=True)
class Draft:
    """An answer so far, and how it ended."""

    pieces: list[str] = field(default_factory=list)
    length: int = 0
    finish_reason: str | None = None
    error: ErrorClass | None = None
    model: str | None = None
    prompt_tokens: int | None = None
    completion_tokens: int | None = None

    def take(self, piece: Piece, max_chars: int) -> str:
        """Add what a piece of the stream carries and return its text, cut where the answer is.

        Usage may come in any piece.
        """
        text = piece.text[: max_chars - self.length]
        if text:
            self.pieces.append(text)
            self.length += len(text)
        self.finish_reason = piece.finish_reason or self.finish_reason
        self.model = piece.model or self.model
        self.prompt_tokens = piece.prompt_tokens or self.prompt_tokens
        self.completion_tokens = piece.completion_tokens or self.completion_tokens
        return text

    def result(self, message_id: int) -> AnswerResult:
        """Say how the answer ended: a stream that gives no finish reason was cut off."""
        error = self.error
        if error is None and self.finish_reason is None:
            error = "cut_off"
        if self.finish_reason == "content_filter":
            error = "content_filter"
        return AnswerResult(
            message_id=message_id,
            status="failed" if error else "complete",
            text="".join(self.pieces),
            error=error,
            finish_reason=self.finish_reason,
            model=self.model,
            prompt_tokens=self.prompt_tokens,
            completion_tokens=self.completion_tokens,
        )


async def generate(
    job: AnswerJob, endpoint: Endpoint, broadcast: Broadcast, settings: AiSettings
) -> AnswerResult:
    """Write the answer that `job` asks for onto the pages and return it.

    A fault of the endpoint is a result; a fault of the bus is raised, a `PublishError` or a group
    of them.
    """
    draft = Draft()
    coalescer = Coalescer(seconds=settings.flush_ms / 1000, limit=settings.flush_bytes)
    await broadcast.begin()
    async with asyncio.TaskGroup() as tasks:
        showing = tasks.create_task(_show(job.message_id, coalescer, broadcast))
        await _read(_prompt(job, settings), endpoint, draft, coalescer, settings.answer_max_chars)
    result = draft.result(job.message_id)
    await broadcast.end(result, showing.result())
    return result


async def _read(
    turns: list[Turn], endpoint: Endpoint, draft: Draft, coalescer: Coalescer, max_chars: int
) -> None:
    try:
        async with endpoint.answer(turns) as pieces:
            async for piece in pieces:
                coalescer.add(draft.take(piece, max_chars))
                if draft.length >= max_chars:
                    draft.finish_reason = "length"
                    break
    except EndpointError as error:
        log.warning("endpoint_failed", error=error.error_class, cause=error.diagnosis)
        # A connection that ends within an answer reached its endpoint well enough.
        lost = error.error_class == "unreachable" and draft.length > 0
        draft.error = "cut_off" if lost else error.error_class
    finally:
        coalescer.end()


async def _show(message_id: int, coalescer: Coalescer, broadcast: Broadcast) -> Markup:
    """Show the text as it comes; return the canonical HTML of the whole."""
    splitter = Splitter(id_prefix=message_element(message_id))
    async for text in coalescer.texts():
        change = splitter.feed(text)
        if change.changed:
            await broadcast.grow(change)
    return splitter.finish().html


def _prompt(job: AnswerJob, settings: AiSettings) -> list[Turn]:
    system = settings.system_prompt.strip()
    return [Turn(role="system", content=system), *job.turns] if system else list(job.turns)
