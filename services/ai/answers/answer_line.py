"""The canonical line of an answer: all that is known of how it was written, once it has ended.

The practice and its name are Stripe's ("Canonical log lines"). No text of a message stands in it,
and no key: what an endpoint has said was masked where it came in.
"""

import asyncio
from dataclasses import dataclass, field

from services.ai.answers.upstream import Outcome
from services.ai.attempt import Attempt
from services.shared.bus.answer_errors import EndpointDetails
from services.shared.bus.messages import AnswerJob, AnswerResult
from services.shared.process.logging import get_logger
from services.shared.process.tracing.spans import fail, tell

log = get_logger("ai.job")


def _now() -> float:
    return asyncio.get_running_loop().time()


@dataclass(slots=True)
class Tally:
    """What is counted while one attempt at an answer is made."""

    began: float = field(default_factory=_now)
    connection: str = ""
    model: str = ""
    chunks: int = 0
    """What came from the endpoint, in pieces."""
    flushes: int = 0
    """What of it went to the log and the pages."""
    first_token_seconds: float | None = None
    """From asking the endpoint."""

    def ask(self, details: EndpointDetails) -> None:
        """Note who is asked."""
        self.connection, self.model = details.connection, details.model

    def add(self, outcome: Outcome) -> None:
        """Count what came of one request."""
        self.chunks += outcome.chunks
        if self.first_token_seconds is None:
            self.first_token_seconds = outcome.first_token_seconds


def tell_end(job: AnswerJob, attempt: Attempt, result: AnswerResult, tally: Tally) -> None:
    """Write the line, and tell the job's span the same."""
    details = result.details or EndpointDetails()
    facts = {
        "message_id": job.message_id,
        "chat_id": job.chat_id,
        "run": job.run,
        "attempt": attempt.number,
        "connection": details.connection or tally.connection or None,
        "model": result.model or details.model or tally.model or None,
        "status": result.status,
        "error": result.error,
        "finish_reason": result.finish_reason,
        "first_token_ms": _milliseconds(tally.first_token_seconds),
        "duration_ms": _milliseconds(_now() - tally.began),
        "chunks": tally.chunks,
        "flushes": tally.flushes,
        "characters": len(result.text),
        "reasoning_characters": len(result.reasoning),
        "prompt_tokens": result.prompt_tokens,
        "completion_tokens": result.completion_tokens,
    }
    say = log.warning if result.status == "failed" else log.info
    say("answer_ended", **facts, **_explained(details))
    tell({f"natter.{name}": value for name, value in facts.items()})
    if result.error is not None:
        fail(result.error)


def _explained(details: EndpointDetails) -> dict[str, str | int]:
    """Return what a reader is told of the endpoint's part in an end that is explained."""
    told = {
        "address": details.address,
        "http_status": details.status,
        "tool": details.tool,
        "said": details.said,
    }
    return {name: value for name, value in told.items() if value}


def _milliseconds(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds * 1000, 1)
