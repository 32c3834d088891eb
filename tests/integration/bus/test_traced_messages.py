"""Messages carry their trace, and are published without it where there is no room."""

import pytest

from services.ai.jobs.stored_jobs import store_job
from services.shared.bus.acks import size_of_headers
from services.shared.bus.connection import Bus
from services.shared.bus.errors import MessageTooLargeError
from services.shared.bus.stored_messages import read_all
from services.shared.bus.subjects import TURBO_STREAM, check_group, turbo_stream_subject
from services.shared.process.tracing.context import message_context, trace_headers
from services.shared.process.tracing.spans import span

SUBJECT = turbo_stream_subject(check_group("chat_1"))
CONTEXT = message_context(
    {"traceparent": f"00-{'0a' * 16}-{'0b' * 8}-01", "tracestate": f"a={'x' * 250}"}
)
BOTH = {"traceparent", "tracestate"}


async def stored(bus: Bus) -> dict[str, str]:
    (message,) = await read_all(bus, TURBO_STREAM, SUBJECT)
    return dict(message.headers)


async def test_a_message_carries_its_trace(web_bus: Bus) -> None:
    with span("request", context=CONTEXT):
        await web_bus.publish(SUBJECT, b"<turbo-stream>", "one")
        assert trace_headers().items() <= (await stored(web_bus)).items()


async def test_outside_of_a_trace_a_message_has_no_context(web_bus: Bus) -> None:
    await web_bus.publish(SUBJECT, b"<turbo-stream>", "one")
    assert BOTH.isdisjoint(await stored(web_bus))


@pytest.mark.parametrize("room", [0, 100, 400])
async def test_a_message_without_room_for_its_trace_is_published_without_it(
    web_bus: Bus, room: int
) -> None:
    needed = size_of_headers({"Nats-Msg-Id": "one"})
    with span("request", context=CONTEXT):
        needed_for_trace = size_of_headers({"Nats-Msg-Id": "one", **trace_headers()}) - needed
        payload = b"x" * (web_bus.max_payload - needed - room)
        await web_bus.publish(SUBJECT, payload, "one")
    assert ((await stored(web_bus)).keys() >= BOTH) == (room >= needed_for_trace)


async def test_a_message_that_is_too_large_anyway_is_refused(web_bus: Bus) -> None:
    with span("request", context=CONTEXT), pytest.raises(MessageTooLargeError):
        await web_bus.publish(SUBJECT, b"x" * web_bus.max_payload, "one")


async def test_a_job_that_is_moved_loses_its_trace_before_its_remarks(web_bus: Bus) -> None:
    remarks = {"Natter-Reason": "it could not be read"}
    needed = size_of_headers({"Nats-Msg-Id": "one", **remarks})
    with span("job", context=CONTEXT):
        await store_job(web_bus, SUBJECT, b"x" * (web_bus.max_payload - needed), "one", remarks)
    assert (await stored(web_bus))["Natter-Reason"] == remarks["Natter-Reason"]
    assert BOTH.isdisjoint(await stored(web_bus))
