"""Handles one delivery of a job: does it, isolates it or parks it."""

from contextlib import AbstractContextManager, suppress
from typing import Final

from nats.aio.msg import Msg
from pydantic import TypeAdapter, ValidationError

from services.ai.answers.canonical_log_line import AnswerStats, log_end
from services.ai.context import AiContext
from services.ai.jobs.answer_job import answer_or_give_up, given_up
from services.ai.jobs.attempt import Attempt
from services.ai.jobs.hand_backs import handed_back
from services.ai.jobs.isolation import isolate, needs_isolation
from services.ai.jobs.parking import park
from services.ai.metrics import NO_ERROR
from services.ai.provider.errors import EndpointError
from services.ai.titles import write_title
from services.shared.bus.messages import (
    AnswerJob,
    AnswerResult,
    Job,
    TitleJob,
    TitleResult,
)
from services.shared.bus.subjects import result_subject, title_result_subject
from services.shared.process.logging import get_logger
from services.shared.process.tracing.context import message_context
from services.shared.process.tracing.spans import (
    Span,
    SpanKind,
    message_attributes,
    set_attributes,
    span,
)

UNKNOWN_RUN: Final = 0
JOB: Final[TypeAdapter[AnswerJob | TitleJob]] = TypeAdapter(Job)

log = get_logger("ai.job")


def job_span(message: Msg) -> AbstractContextManager[Span]:
    """Open a span of a delivery, in the trace of the job's request."""
    context = message_context(message.headers)
    attributes = message_attributes("process", message.subject, message.data)
    return span("job", SpanKind.CONSUMER, attributes, context=context)


async def process_job(context: AiContext, message: Msg) -> None:
    """Do what a delivery asks for; the job is over then, and the caller acks it.

    Raises `FencedError`, in a group or alone, where another worker has the job. On any other error
    the caller hands the job back.
    """
    attempt = Attempt.of(message, await handed_back(context.bus, message))
    set_attributes({"natter.job": attempt.job, "natter.attempt": attempt.number})
    if needs_isolation(attempt, context.settings.max_deliveries):
        log.warning("job_isolated", subject=message.subject, attempt=attempt.number)
        await isolate(context.bus, message, attempt)
    else:
        await _process(context, message, attempt)


async def _process(context: AiContext, message: Msg, attempt: Attempt) -> None:
    try:
        job = JOB.validate_json(message.data)
    except ValidationError:
        log.error("job_refused", subject=message.subject, size=len(message.data))  # noqa: TRY400 - the trace would hold the chat
        await _give_up_unreadable(context, message)
    else:
        if attempt.number > context.settings.max_deliveries:
            await _park(context, message, "too many workers died over it")
        if isinstance(job, TitleJob):
            await _write_title(context, job, attempt)
        else:
            await _answer(context, job, attempt)


async def _answer(context: AiContext, job: AnswerJob, attempt: Attempt) -> None:
    stats = AnswerStats()
    result = await answer_or_give_up(context, job, attempt, stats)
    if result is None:
        log.info("job_superseded", message_id=job.message_id, attempt=attempt.name)
        return
    await _publish(context, result_subject(job.message_id), result, attempt)
    context.metrics.ended.labels(error=result.error or NO_ERROR).inc()
    log_end(job, attempt.number, result, stats)


async def _write_title(context: AiContext, job: TitleJob, attempt: Attempt) -> None:
    title = None
    if attempt.number <= context.settings.max_deliveries:
        with suppress(EndpointError):
            name, model = context.settings.for_titles(job.connection, job.model)
            title = await write_title(context.connections.get(name), job.turns, model=model)
    result = TitleResult(chat_id=job.chat_id, title=title)
    await _publish(context, title_result_subject(job.chat_id), result, attempt)
    log.info("title_sought", chat_id=job.chat_id, found=title is not None)


async def _give_up_unreadable(context: AiContext, message: Msg) -> None:
    """Park a job that cannot be parsed, and have its message shown as failed."""
    await _park(context, message, "it could not be read")
    number = message.subject.rpartition(".")[2]
    if number.isdecimal() and int(number):
        result = given_up(int(number), UNKNOWN_RUN, "")
        await _publish(context, result_subject(result.message_id), result, Attempt.of(message))


async def _park(context: AiContext, message: Msg, reason: str) -> None:
    await park(context.bus, message, reason)
    context.metrics.parked.inc()


async def _publish(
    context: AiContext, subject: str, result: AnswerResult | TitleResult, attempt: Attempt
) -> None:
    # The same id for every attempt: one that died after this is not published twice.
    message_id = f"result-{attempt.job}"
    await context.bus.publish(subject, result.model_dump_json().encode(), message_id)
