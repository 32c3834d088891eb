"""A job keeps its trace over takeover, isolation, parking and retry."""

from contextlib import AbstractContextManager

from nats.aio.msg import Msg

from services.ai.jobs.parking import list_parked, retry
from services.shared.bus.connection import Bus
from services.shared.bus.stored_messages import read_all
from services.shared.bus.subjects import (
    AI_JOBS,
    AI_PARKED,
    AI_PARKED_SUBJECTS,
    AI_RESULTS,
    AI_RESULTS_CONSUMER,
    AI_SUSPECTS,
    AI_TEXT,
    TURBO_STREAM,
    job_subject,
    suspect_subject,
    text_subject,
    turbo_stream_subject,
)
from services.shared.process.tracing.context import message_context
from services.shared.process.tracing.spans import Span, span
from tests.integration.ai.workers import (
    BESIDE_OTHERS,
    Workers,
    interrupted,
    until_active,
    until_in_isolation,
)
from tests.support.answers import GROUP, submit, until_no_job_is_left
from tests.support.endpoints import ModelServer
from tests.support.scripted import ScriptedEndpoint
from tests.support.waiting import DEADLINE_SECONDS

TRACE = "0af7651916cd43dd8448eb211c80319c"


def in_trace() -> AbstractContextManager[Span]:
    """Publish as web does within a request of this trace."""
    return span("publish", context=message_context({"traceparent": f"00-{TRACE}-{'b7' * 8}-01"}))


async def traces(bus: Bus, stream: str, subject: str) -> set[str]:
    """Return which traces what is stored there belongs to."""
    stored = await read_all(bus, stream, subject)
    return {message.headers.get("traceparent", "")[3:35] for message in stored}


async def queued_trace(bus: Bus, stream: str, subject: str) -> str:
    """Return which trace the newest job of a queue belongs to."""
    job = await bus.jetstream.get_last_msg(stream, subject)
    headers: dict[str, str] = job.headers or {}
    return headers.get("traceparent", "")[3:35]


async def result_trace(bus: Bus) -> str:
    queue = await bus.jetstream.pull_subscribe_bind(consumer=AI_RESULTS_CONSUMER, stream=AI_RESULTS)
    message: Msg
    (message,) = await queue.fetch(1, timeout=DEADLINE_SECONDS)
    await message.ack_sync(timeout=DEADLINE_SECONDS)
    await queue.unsubscribe()
    return (message.headers or {}).get("traceparent", "")[3:35]


async def test_all_that_is_published_for_an_answer_is_of_its_jobs_trace(workers: Workers) -> None:
    endpoint = ScriptedEndpoint()
    async with workers.following(endpoint, openai_model="scripted"):
        with in_trace():
            await submit(workers.bus, 7, "Hello")
        assert await result_trace(workers.bus) == TRACE
        await until_no_job_is_left(workers.bus)
    assert await traces(workers.bus, TURBO_STREAM, turbo_stream_subject(GROUP)) == {TRACE}
    assert await traces(workers.bus, AI_TEXT, text_subject(7)) == {TRACE}
    (asked,) = endpoint.asked
    assert asked.headers["traceparent"][3:35] == TRACE


async def test_a_takeover_and_isolation_keep_the_trace(workers: Workers, demo: ModelServer) -> None:
    with in_trace():
        await submit(workers.bus, 7, "/error timeout")
    await interrupted(workers.nats, demo, 1, BESIDE_OTHERS)
    async with workers.working(demo):
        await until_in_isolation(workers.bus, 1, 0)
        await until_active(demo, 1)
        suspect = suspect_subject(job_subject(7), 1)
        assert await queued_trace(workers.bus, AI_SUSPECTS, suspect) == TRACE
    assert await traces(workers.bus, TURBO_STREAM, turbo_stream_subject(GROUP)) == {TRACE}


async def test_parking_and_a_retry_keep_the_trace(workers: Workers, demo: ModelServer) -> None:
    async with workers.working(demo):
        with in_trace():
            await workers.bus.publish(job_subject(7), b"{", "malformed")
        assert await result_trace(workers.bus) == TRACE
        await until_no_job_is_left(workers.bus)
    assert await traces(workers.bus, AI_PARKED, AI_PARKED_SUBJECTS) == {TRACE}
    (parked,) = await list_parked(workers.bus)
    await retry(workers.bus, parked.sequence)
    assert await queued_trace(workers.bus, AI_JOBS, job_subject(7)) == TRACE


async def test_a_job_without_a_trace_begins_one(workers: Workers, demo: ModelServer) -> None:
    async with workers.working(demo):
        await submit(workers.bus, 7, "Hello")
        found = await result_trace(workers.bus)
    assert len(found) == 32
    assert await traces(workers.bus, TURBO_STREAM, turbo_stream_subject(GROUP)) == {found}
