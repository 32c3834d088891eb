"""What is done about one delivery of a job: it is answered, or put aside."""

from contextlib import AbstractContextManager, suppress
from typing import Final

from nats.aio.msg import Msg
from pydantic import TypeAdapter, ValidationError

from services.ai.answers.answer_line import Tally, tell_end
from services.ai.answers.answer_log import FencedError
from services.ai.answers.answering import answer
from services.ai.attempt import Attempt
from services.ai.context import Tools
from services.ai.jobs.hand_backs import handed_back
from services.ai.jobs.isolation import is_to_be_isolated, isolate
from services.ai.jobs.parking import park
from services.ai.metrics import NO_ERROR
from services.ai.provider.errors import EndpointError
from services.ai.titles import write_title
from services.shared.bus.answer_log import read_text_log
from services.shared.bus.errors import BusAwayError
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
from services.shared.process.tracing.spans import Span, SpanKind, of_message, span, tell

UNKNOWN_RUN: Final = 0
JOB: Final[TypeAdapter[AnswerJob | TitleJob]] = TypeAdapter(Job)

log = get_logger("ai.job")


def job_span(message: Msg) -> AbstractContextManager[Span]:
    """Go on with the trace in which a job was asked for, whichever delivery of it this is."""
    context = message_context(message.headers)
    told = of_message("process", message.subject, message.data)
    return span("job", SpanKind.CONSUMER, told, context=context)


async def do_job(tools: Tools, message: Msg) -> None:
    """Do what a delivery asks for; its job is over then, and the caller acks it.

    Raises `FencedError`, in a group or alone, where another worker has the job; whatever else is
    raised is a reason to hand it back.
    """
    attempt = Attempt.of(message, await handed_back(tools.bus, message))
    tell({"natter.job": attempt.job, "natter.attempt": attempt.number})
    if is_to_be_isolated(attempt, tools.settings.max_deliveries):
        log.warning("job_isolated", subject=message.subject, attempt=attempt.number)
        await isolate(tools.bus, message, attempt)
    else:
        await _finish(tools, message, attempt)


def is_fenced(error: Exception) -> bool:
    """Tell whether an error says no more than that another worker has the job."""
    if isinstance(error, ExceptionGroup):
        return error.split(FencedError)[1] is None
    return isinstance(error, FencedError)


async def _finish(tools: Tools, message: Msg, attempt: Attempt) -> None:
    try:
        job = JOB.validate_json(message.data)
    except ValidationError:
        log.error("job_refused", subject=message.subject, size=len(message.data))  # noqa: TRY400 - the trace would hold the chat
        await _give_up(tools, message, "it could not be read")
    else:
        if attempt.number > tools.settings.max_deliveries:
            await _park(tools, message, "too many workers died over it")
        if isinstance(job, TitleJob):
            await _find_title(tools, job, attempt)
        else:
            await _answer(tools, job, attempt)


async def _answer(tools: Tools, job: AnswerJob, attempt: Attempt) -> None:
    tally = Tally()
    result = await _result(tools, job, attempt, tally)
    if result is None:
        log.info("job_superseded", message_id=job.message_id, attempt=attempt.name)
        return
    await _publish(tools, result_subject(job.message_id), result, attempt)
    tools.metrics.ended.labels(error=result.error or NO_ERROR).inc()
    tell_end(job, attempt, result, tally)


async def _result(
    tools: Tools, job: AnswerJob, attempt: Attempt, tally: Tally
) -> AnswerResult | None:
    """Write the answer; whatever cannot even be ended as it should be fails in the end."""
    try:
        return await answer(tools, job, attempt, tally)
    except Exception as error:
        is_last = attempt.number > tools.settings.max_deliveries
        if not is_last or is_fenced(error) or isinstance(error, BusAwayError):
            raise
        log.exception("answer_given_up", message_id=job.message_id)
        return _given_up(job.message_id, job.run, await _text_so_far(tools, job))


async def _text_so_far(tools: Tools, job: AnswerJob) -> str:
    """Return what the log has of an answer, as far as it can be read."""
    with suppress(ValidationError):
        logged = await read_text_log(tools.bus, job.message_id)
        if logged is not None and logged.run == job.run:
            return logged.text
    return job.begun


async def _find_title(tools: Tools, job: TitleJob, attempt: Attempt) -> None:
    title = None
    if attempt.number <= tools.settings.max_deliveries:
        with suppress(EndpointError):
            connection = tools.connections.get(job.connection)
            title = await write_title(connection, job.turns, model=job.model)
    result = TitleResult(chat_id=job.chat_id, title=title)
    await _publish(tools, title_result_subject(job.chat_id), result, attempt)
    log.info("title_sought", chat_id=job.chat_id, found=title is not None)


async def _give_up(tools: Tools, message: Msg, reason: str) -> None:
    """Park a job that nobody can read, and have its message shown as failed."""
    await _park(tools, message, reason)
    number = message.subject.rpartition(".")[2]
    if number.isdecimal() and int(number):
        result = _given_up(int(number), UNKNOWN_RUN, "")
        await _publish(tools, result_subject(result.message_id), result, Attempt.of(message))


async def _park(tools: Tools, message: Msg, reason: str) -> None:
    await park(tools.bus, message, reason)
    tools.metrics.parked.inc()


async def _publish(
    tools: Tools, subject: str, result: AnswerResult | TitleResult, attempt: Attempt
) -> None:
    # The same for every attempt: one that died behind this has not told it twice.
    message_id = f"result-{attempt.job}"
    await tools.bus.publish(subject, result.model_dump_json().encode(), message_id)


def _given_up(message_id: int, run: int, text: str) -> AnswerResult:
    return AnswerResult(
        message_id=message_id, run=run, status="failed", text=text, error="interrupted"
    )
