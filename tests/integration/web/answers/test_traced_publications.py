"""What is published for a request is of its trace, whenever and by whomever it is published."""

from services.shared.bus.connection import Bus
from services.shared.bus.stored_messages import read_all
from services.shared.bus.subjects import (
    AI_JOBS,
    TURBO_STREAM,
    chat_group,
    job_subject,
    title_job_subject,
    turbo_stream_subject,
)
from services.shared.process.tracing.context import message_context
from services.shared.process.tracing.spans import span
from services.web.db.pool import Connection
from tests.integration.web.natter import publish, result_of, taken
from tests.integration.web.pages import TURBO, form_path, messages_in, new_chat
from tests.support.spans import kept_spans
from tests.support.stack import Web
from tests.support.waiting import until

FIRST, SECOND, ANSWERED = "1a" * 16, "2b" * 16, "3c" * 16
# As a service inserts it that knows no traces.
INSERT_OF_BEFORE = "INSERT INTO outbox (subject, message_id, payload) VALUES ($1, $2, $3)"


def parent(trace: str) -> dict[str, str]:
    return {"traceparent": f"00-{trace}-b7ad6b7169203331-01"}


async def ask(web: Web, chat: int, trace: str) -> int:
    answer = await web.client.post(
        form_path(chat), data={"content": "Hello?"}, headers={**TURBO, **parent(trace)}
    )
    return messages_in(answer.text)[1][0]


async def queued_trace(bus: Bus, subject: str) -> str:
    """Wait for a job on this subject, and return its trace."""

    async def is_there() -> bool:
        info = await bus.jetstream.stream_info(AI_JOBS, subjects_filter=subject)
        return bool(info.state.subjects)

    await until(is_there)
    job = await bus.jetstream.get_last_msg(AI_JOBS, subject)
    headers: dict[str, str] = job.headers or {}
    return headers["traceparent"][3:35]


async def shown_traces(bus: Bus, chat: int) -> list[str]:
    stored = await read_all(bus, TURBO_STREAM, turbo_stream_subject(chat_group(chat)))
    return [message.headers["traceparent"][3:35] for message in stored]


async def test_a_job_and_what_pages_are_shown_are_of_the_requests_trace(
    web: Web, web_bus: Bus
) -> None:
    chat = await new_chat(web)
    answer = await ask(web, chat, FIRST)
    assert await queued_trace(web_bus, job_subject(answer)) == FIRST
    assert await shown_traces(web_bus, chat) == [FIRST]


async def test_what_follows_a_result_is_of_its_trace_and_the_next_turn_of_one_of_its_own(
    web: Web, web_bus: Bus, ai_bus: Bus
) -> None:
    chat = await new_chat(web)
    first = await ask(web, chat, FIRST)
    second = await ask(web, chat, SECOND)
    await queued_trace(web_bus, job_subject(first))
    with span("job", context=message_context(parent(ANSWERED))):
        await publish(ai_bus, result_of(first))
    await taken(web_bus)
    assert await queued_trace(web_bus, title_job_subject(chat)) == ANSWERED
    assert await queued_trace(web_bus, job_subject(second)) not in {FIRST, SECOND, ANSWERED}


async def test_the_trace_of_the_next_turn_is_linked_to_that_of_the_answer_before_it(
    web: Web, web_bus: Bus, ai_bus: Bus
) -> None:
    chat = await new_chat(web)
    first, second = await ask(web, chat, FIRST), await ask(web, chat, SECOND)
    with kept_spans() as exporter:
        with span("job", context=message_context(parent(ANSWERED))):
            await publish(ai_bus, result_of(first))
        trace = await queued_trace(web_bus, job_subject(second))
    (turn,) = [each for each in exporter.get_finished_spans() if each.name == "next turn"]
    assert f"{turn.context.trace_id:032x}" == trace
    assert [f"{link.context.trace_id:032x}" for link in turn.links] == [ANSWERED]


async def test_what_a_service_of_before_has_left_is_published_in_a_trace_of_its_own(
    web: Web, web_bus: Bus, db: Connection
) -> None:
    chat = await new_chat(web)
    subject = turbo_stream_subject(chat_group(chat))
    await db.execute(INSERT_OF_BEFORE, subject, "of-before", b"<turbo-stream></turbo-stream>")

    async def is_published() -> bool:
        return bool(await shown_traces(web_bus, chat))

    await until(is_published)
    (trace,) = await shown_traces(web_bus, chat)
    assert len(trace) == 32
