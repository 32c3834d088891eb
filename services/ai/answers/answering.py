"""Decides what is to be done about a job for an answer: begin it, go on with it, or end it."""

from dataclasses import replace

from services.ai.answers.answer_line import Tally
from services.ai.answers.answer_log import TextLog
from services.ai.answers.broadcast import Broadcast
from services.ai.answers.generation import Generation
from services.ai.answers.growing_text import GrowingText
from services.ai.answers.upstream import Outcome
from services.ai.attempt import Attempt
from services.ai.context import Tools
from services.ai.provider.errors import EndpointError
from services.shared.bus.answer_log import LoggedAnswer, read_text_log
from services.shared.bus.fence import Fence
from services.shared.bus.messages import AnswerJob, AnswerResult
from services.shared.bus.subjects import turbo_stream_subject
from services.shared.pages.rendering import renderer_below


async def answer(
    tools: Tools, job: AnswerJob, attempt: Attempt, tally: Tally
) -> AnswerResult | None:
    """Do an answer's job and return how it ended; None where it was asked for again since then.

    What is done for it is counted in `tally`.
    Raises `FencedError` where another worker has it, `PublishError` where the bus is away.
    """
    logged = await read_text_log(tools.bus, job.message_id)
    if logged is not None and _is_superseded(logged, job, attempt):
        return None
    if attempt.number > tools.settings.max_deliveries + 1:
        # Whoever was to end the answer has died, too: what the log holds kills as it is rendered.
        logged = logged and replace(
            logged, text=job.begun, reasoning="", reasoning_seconds=None, result=None
        )
    generation = _generation(tools, job, attempt, logged, tally)
    if logged is not None and logged.job == attempt.job and logged.result is not None:
        return await generation.show_again(logged.result)
    async with tools.stops.watching(tools.bus, job.message_id, job.run) as stop:
        if stop.is_set():
            return await generation.end(Outcome(stopped=True))
        if attempt.number > tools.settings.max_deliveries:
            return await generation.end(Outcome(error="interrupted"))
        try:
            connection = tools.connections.get(job.connection)
        except EndpointError as error:
            return await generation.end(Outcome(error=error.error_class))
        tally.ask(connection.details(model=job.model))
        return await generation.write(connection, stop)


def _is_superseded(logged: LoggedAnswer, job: AnswerJob, attempt: Attempt) -> bool:
    """Tell whether the answer was asked for again since this job was published, or was parked."""
    return logged.job > attempt.job or (attempt.is_taken_up and logged.run > job.run)


def _generation(
    tools: Tools, job: AnswerJob, attempt: Attempt, logged: LoggedAnswer | None, tally: Tally
) -> Generation:
    log = _log(tools, job, attempt, logged)
    renderer = renderer_below(job.base_path)
    fence = Fence(tools.bus, turbo_stream_subject(job.group), log.assure, log.confirm)
    name = f"{job.message_id}-{attempt.name}"
    broadcast = Broadcast(fence, renderer, name, continues=bool(job.begun))
    return Generation(
        job,
        log,
        broadcast,
        renderer,
        tools.settings,
        tools.metrics,
        tools.calibration,
        tools.highlighter.allowance(),
        tally,
    )


def _log(tools: Tools, job: AnswerJob, attempt: Attempt, logged: LoggedAnswer | None) -> TextLog:
    """Go on from what an earlier attempt at the same job has logged, else from the job's text."""
    log = TextLog(tools.bus, job.message_id, job.run, attempt.job, attempt.name)
    log.text = GrowingText.of(job.begun)
    if logged is None:
        return log
    log.sequence = logged.sequence
    if logged.job == attempt.job:
        log.text = GrowingText.of(logged.text)
        log.reasoning = GrowingText.of(logged.reasoning)
        log.reasoning_seconds = logged.reasoning_seconds
        log.left_out = logged.left_out
        log.restarted = logged.restarted
        log.result = logged.result
    return log
