"""The canonical log line of an answer: how it was written, in one line at its end.

The practice and its name are Stripe's ("Canonical log lines"). The line holds no text of a message
and no key: an endpoint's words are masked on arrival.
"""

import asyncio
from dataclasses import dataclass, field

from services.ai.answers.outcome import Outcome
from services.shared.bus.answer_errors import EndpointDetails
from services.shared.bus.messages import AnswerJob, AnswerResult
from services.shared.process.logging import get_logger
from services.shared.process.tracing.spans import mark_failed, set_attributes

log = get_logger("ai.job")


def _now() -> float:
    return asyncio.get_running_loop().time()


@dataclass(slots=True)
class AnswerStats:
    """Statistics of one attempt at an answer."""

    began: float = field(default_factory=_now)
    connection: str = ""
    model: str = ""
    chunks: int = 0
    """Pieces from the endpoint."""
    flushes: int = 0
    """Batches of them for the log and the pages."""
    first_token_seconds: float | None = None
    """Since the endpoint was asked."""

    def note_endpoint(self, details: EndpointDetails) -> None:
        """Note which endpoint is asked."""
        self.connection, self.model = details.connection, details.model

    def add_outcome(self, outcome: Outcome) -> None:
        """Count the outcome of one request."""
        self.chunks += outcome.chunks
        if self.first_token_seconds is None:
            self.first_token_seconds = outcome.first_token_seconds


def log_end(job: AnswerJob, attempt: int, result: AnswerResult, stats: AnswerStats) -> None:
    """Write the line, and set its fields on the job's span; `attempt` counts from 1."""
    details = result.details or EndpointDetails()
    fields = {
        "message_id": job.message_id,
        "chat_id": job.chat_id,
        "run": job.run,
        "attempt": attempt,
        "connection": details.connection or stats.connection or None,
        "model": result.model or details.model or stats.model or None,
        "status": result.status,
        "error": result.error,
        "finish_reason": result.finish_reason,
        "first_token_ms": _milliseconds(stats.first_token_seconds),
        "duration_ms": _milliseconds(_now() - stats.began),
        "chunks": stats.chunks,
        "flushes": stats.flushes,
        "characters": len(result.text),
        "reasoning_characters": len(result.reasoning),
        "prompt_tokens": result.prompt_tokens,
        "completion_tokens": result.completion_tokens,
    }
    write = log.warning if result.status == "failed" else log.info
    write("answer_ended", **fields, **_endpoint_fields(details))
    set_attributes({f"natter.{name}": value for name, value in fields.items()})
    if result.error is not None:
        mark_failed(result.error)


def _endpoint_fields(details: EndpointDetails) -> dict[str, str | int]:
    """Return what the reader of a failed answer sees of the endpoint."""
    fields = {
        "address": details.address,
        "http_status": details.status,
        "tool": details.tool,
        "said": details.said,
    }
    return {name: value for name, value in fields.items() if value}


def _milliseconds(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds * 1000, 1)
