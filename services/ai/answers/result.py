"""An answer that has ended: its result for web, and its view for the pages."""

from dataclasses import replace

from markupsafe import Markup

from services.ai.answers.answer_log import AnswerLog
from services.ai.answers.context_window import estimate_tokens
from services.ai.answers.outcome import Outcome
from services.ai.answers.prompt import Prompt
from services.shared.bus.messages import AnswerResult, fits_a_job
from services.shared.pages.message_view import MessageView


def answer_result(log: AnswerLog, outcome: Outcome, prompt: Prompt | None) -> AnswerResult:
    """Return how an answer ended, with the texts that its log holds."""
    text = str(log.text)
    prompt_tokens, completion_tokens = outcome.prompt_tokens, outcome.completion_tokens
    is_estimated = outcome.received and completion_tokens is None
    if prompt is not None and is_estimated:
        prompt_tokens = prompt.tokens
        completion_tokens = estimate_tokens(text) + estimate_tokens(str(log.reasoning))
    return AnswerResult(
        message_id=log.message_id,
        run=log.run,
        status="stopped" if outcome.stopped else "failed" if outcome.error else "complete",
        text=text,
        reasoning=str(log.reasoning),
        reasoning_seconds=log.reasoning_seconds,
        error=outcome.error,
        details=outcome.details,
        retry_at=outcome.retry_at,
        finish_reason=outcome.finish_reason,
        model=outcome.model,
        prompt_tokens=prompt_tokens,
        completion_tokens=completion_tokens,
        usage_estimated=is_estimated,
        left_out=log.left_out,
        restarted=log.restarted,
    )


def ended_view(view: MessageView, result: AnswerResult, body: Markup) -> MessageView:
    """Return `view` as the answer ended; `body` is the canonical HTML of its text."""
    return replace(
        view,
        status=result.status,
        body=body,
        open_end=Markup(),
        error=result.error,
        details=result.details,
        retry_at=result.retry_at,
        finish_reason=result.finish_reason,
        model=result.model,
        left_out=result.left_out,
        restarted=result.restarted,
        is_full=not fits_a_job(result.text),
    )
