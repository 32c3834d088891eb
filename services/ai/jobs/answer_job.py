"""Does an answer's job: begins, continues, shows again or ends the answer."""

from contextlib import suppress
from dataclasses import replace

from pydantic import ValidationError

from services.ai.answers.answer_log import AnswerLog, FencedError
from services.ai.answers.broadcast import Broadcast
from services.ai.answers.canonical_log_line import AnswerStats
from services.ai.answers.generation import Generation
from services.ai.answers.growing_answer import GrowingAnswer
from services.ai.answers.outcome import Outcome
from services.ai.context import AiContext
from services.ai.jobs.attempt import Attempt
from services.ai.provider.errors import EndpointError
from services.shared.bus.answer_log import LoggedAnswer, read_answer_log
from services.shared.bus.errors import BusAwayError
from services.shared.bus.fence import Fence
from services.shared.bus.messages import AnswerJob, AnswerResult
from services.shared.bus.subjects import turbo_stream_subject
from services.shared.pages.rendering import renderer_below
from services.shared.process.logging import get_logger
from services.shared.text_buffer import TextBuffer

log = get_logger("ai.job")


async def answer_or_give_up(
    context: AiContext, job: AnswerJob, attempt: Attempt, stats: AnswerStats
) -> AnswerResult | None:
    """Do an answer's job and return how it ended; None where a newer job has replaced it.

    Counts in `stats`. Raises `FencedError` where another worker has the job, and `PublishError`
    where the bus is away. On the last attempt any other error becomes a failed result.
    """
    try:
        return await _answer(context, job, attempt, stats)
    except Exception as error:
        is_last = attempt.number > context.settings.max_deliveries
        if not is_last or is_fenced(error) or isinstance(error, BusAwayError):
            raise
        log.exception("answer_given_up", message_id=job.message_id)
        return given_up(job.message_id, job.run, await _text_so_far(context, job))


def is_fenced(error: Exception) -> bool:
    """Return whether an error means only that another worker has the job."""
    if isinstance(error, ExceptionGroup):
        return error.split(FencedError)[1] is None
    return isinstance(error, FencedError)


def given_up(message_id: int, run: int, text: str) -> AnswerResult:
    """Return the result of an answer that no worker could write."""
    return AnswerResult(
        message_id=message_id, run=run, status="failed", text=text, error="interrupted"
    )


async def _answer(
    context: AiContext, job: AnswerJob, attempt: Attempt, stats: AnswerStats
) -> AnswerResult | None:
    logged = await read_answer_log(context.bus, job.message_id)
    if logged is not None and _is_superseded(logged, job, attempt):
        return None
    if attempt.number > context.settings.max_deliveries + 1:
        # The attempt that should have ended the answer died as well: rendering the log kills.
        logged = logged and replace(
            logged, text=job.begun, reasoning="", reasoning_seconds=None, result=None
        )
    generation = _generation(context, job, attempt, logged, stats)
    if logged is not None and logged.job == attempt.job and logged.result is not None:
        return await generation.show_again(logged.result)
    async with context.stops.watching(context.bus, job.message_id, job.run) as stop:
        if stop.is_set():
            return await generation.end(Outcome(stopped=True))
        if attempt.number > context.settings.max_deliveries:
            return await generation.end(Outcome(error="interrupted"))
        try:
            connection = context.connections.get(job.connection)
        except EndpointError as error:
            return await generation.end(Outcome(error=error.error_class))
        stats.note_endpoint(connection.details(model=job.model))
        return await generation.write(connection, stop)


def _is_superseded(logged: LoggedAnswer, job: AnswerJob, attempt: Attempt) -> bool:
    """Return whether the answer was asked for again since this job was published, or was parked."""
    return logged.job > attempt.job or (attempt.is_retried and logged.run > job.run)


async def _text_so_far(context: AiContext, job: AnswerJob) -> str:
    """Return the logged text of an answer if the log can be read."""
    with suppress(ValidationError):
        logged = await read_answer_log(context.bus, job.message_id)
        if logged is not None and logged.run == job.run:
            return logged.text
    return job.begun


def _generation(
    context: AiContext,
    job: AnswerJob,
    attempt: Attempt,
    logged: LoggedAnswer | None,
    stats: AnswerStats,
) -> Generation:
    answer_log = _take_over(context, job, attempt, logged)
    renderer = renderer_below(job.base_path)
    subject = turbo_stream_subject(job.group)
    fence = Fence(context.bus, subject, answer_log.assure, answer_log.confirm)
    name = f"{job.message_id}-{attempt.name}"
    broadcast = Broadcast(fence, renderer, name, continues=bool(job.begun))
    growing = GrowingAnswer(
        job,
        answer_log,
        broadcast,
        renderer,
        context.metrics,
        context.highlighter.budget(),
        stats,
    )
    return Generation(growing, context.settings, context.calibration)


def _take_over(
    context: AiContext, job: AnswerJob, attempt: Attempt, logged: LoggedAnswer | None
) -> AnswerLog:
    """Continue the log of an earlier attempt at the same job, or begin with the job's text."""
    answer_log = AnswerLog(context.bus, job.message_id, job.run, attempt.job, attempt.name)
    answer_log.text = TextBuffer(job.begun)
    if logged is None:
        return answer_log
    answer_log.sequence = logged.sequence
    if logged.job == attempt.job:
        answer_log.text = TextBuffer(logged.text)
        answer_log.reasoning = TextBuffer(logged.reasoning)
        answer_log.reasoning_seconds = logged.reasoning_seconds
        answer_log.left_out = logged.left_out
        answer_log.restarted = logged.restarted
        answer_log.result = logged.result
    return answer_log
