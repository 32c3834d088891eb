"""Parked jobs: put aside, listed, retried or dropped."""

import asyncio
from dataclasses import replace

import pytest
import pytest_asyncio
from nats.aio.msg import Msg
from nats.js import JetStreamContext

from services.ai.jobs import stored_jobs
from services.ai.jobs.attempt import DELIVERIES
from services.ai.jobs.parking import (
    JOB_SUBJECT,
    REASON,
    NotParkedError,
    ParkedJob,
    drop,
    list_parked,
    park,
    read_parked,
    retry,
)
from services.shared.bus import stored_messages
from services.shared.bus.connection import Bus, open_bus
from services.shared.bus.errors import BusAwayError, MessageTooLargeError
from services.shared.bus.stream_management import declare_streams
from services.shared.bus.subjects import AI_JOBS, AI_JOBS_CONSUMER, AI_PARKED
from tests.support.outages import Outage
from tests.support.waiting import DEADLINE_SECONDS

REASONS = [
    ("it could not be read", "it could not be read"),
    ("two\r\nNats-Msg-Id: lines", "two Nats-Msg-Id: lines"),
    ("\x1b[31mcolour 漢字\x00", "?[31mcolour ???"),
    ("long " * 1000, ("long " * 40).strip()),
    ("", ""),
]


@pytest_asyncio.fixture
async def jobs(ai_bus: Bus) -> JetStreamContext.PullSubscription:
    return await ai_bus.jetstream.pull_subscribe_bind(consumer=AI_JOBS_CONSUMER, stream=AI_JOBS)


async def taken(jobs: JetStreamContext.PullSubscription) -> Msg:
    (message,) = await jobs.fetch(1, timeout=DEADLINE_SECONDS)
    return message


async def parked(
    bus: Bus, web_bus: Bus, jobs: JetStreamContext.PullSubscription, payload: bytes = b"{}"
) -> ParkedJob:
    await web_bus.publish("ai.jobs.7", payload, f"job-{len(await list_parked(web_bus))}")
    message = await taken(jobs)
    await park(bus, message, "it could not be read")
    await message.ack_sync(timeout=DEADLINE_SECONDS)
    return (await list_parked(web_bus))[-1]


async def test_a_parked_job_keeps_its_bytes_and_says_where_it_came_from(
    ai_bus: Bus, web_bus: Bus, jobs: JetStreamContext.PullSubscription
) -> None:
    await web_bus.publish("ai.jobs.title-7", b"\x00\xff{", "job-7")
    await (await taken(jobs)).nak()
    message = await taken(jobs)
    await park(ai_bus, message, "it could not be read")
    (job,) = await list_parked(web_bus)

    assert (job.sequence, job.subject, job.payload) == (1, "ai.jobs.title-7", b"\x00\xff{")
    assert (job.reason, job.deliveries) == ("it could not be read", 2)
    assert job.parked_at.startswith("20")
    assert await read_parked(web_bus, 1) == job
    raw = await web_bus.jetstream.get_msg(AI_PARKED, seq=1)
    assert raw.subject == "ai.parked.title-7"
    assert {DELIVERIES, JOB_SUBJECT, REASON} < set(raw.headers or {})


async def test_a_job_is_parked_once_however_often_that_is_tried(
    ai_bus: Bus, web_bus: Bus, jobs: JetStreamContext.PullSubscription
) -> None:
    await web_bus.publish("ai.jobs.7", b"{}", "job-7")
    message = await taken(jobs)
    await park(ai_bus, message, "first")
    await message.nak()
    await park(ai_bus, await taken(jobs), "second")

    assert [job.reason for job in await list_parked(web_bus)] == ["first"]


async def test_any_reason_becomes_one_harmless_line(
    ai_bus: Bus, web_bus: Bus, jobs: JetStreamContext.PullSubscription
) -> None:
    for number, (reason, _) in enumerate(REASONS):
        await web_bus.publish("ai.jobs.7", b"{}", f"job-{number}")
        await park(ai_bus, await taken(jobs), reason)
    parked = await list_parked(web_bus)
    assert [job.reason for job in parked] == [kept for _, kept in REASONS]
    assert {job.deliveries for job in parked} == {1}


async def test_a_job_that_leaves_no_room_for_a_reason_is_parked_without(
    ai_bus: Bus, web_bus: Bus, jobs: JetStreamContext.PullSubscription
) -> None:
    largest = b"x" * (
        web_bus.max_payload - len("NATS/1.0\r\nNats-Msg-Id: parked-1-12345678901\r\n\r\n")
    )
    await web_bus.client.publish("ai.jobs.7", largest)
    await park(ai_bus, await taken(jobs), "it could not be read")
    (job,) = await list_parked(web_bus)

    assert (job.subject, job.reason, job.deliveries) == ("ai.jobs.7", "not said", 0)
    assert job.payload == largest


async def test_a_job_that_leaves_no_room_at_all_is_refused(
    ai_bus: Bus, web_bus: Bus, jobs: JetStreamContext.PullSubscription
) -> None:
    await web_bus.client.publish("ai.jobs.7", b"x" * web_bus.max_payload)
    with pytest.raises(MessageTooLargeError):
        await park(ai_bus, await taken(jobs), "it could not be read")
    await ai_bus.client.flush(DEADLINE_SECONDS)


async def test_a_retried_job_is_a_new_job_and_can_be_parked_again(
    ai_bus: Bus, web_bus: Bus, jobs: JetStreamContext.PullSubscription
) -> None:
    job = await parked(ai_bus, web_bus, jobs, b'{"a": 1}')
    await retry(web_bus, job.sequence)
    again = await taken(jobs)

    assert (again.subject, again.data) == ("ai.jobs.7", b'{"a": 1}')
    assert again.metadata.num_delivered == 1
    assert await list_parked(web_bus) == []
    await park(ai_bus, again, "again")
    assert [(job.sequence, job.reason) for job in await list_parked(web_bus)] == [(2, "again")]


async def test_a_retry_that_was_cut_short_publishes_the_job_once(
    ai_bus: Bus, web_bus: Bus, jobs: JetStreamContext.PullSubscription
) -> None:
    job = await parked(ai_bus, web_bus, jobs)
    message_id = f"retry-{job.sequence}-{job.parked_at}"
    await web_bus.publish(job.subject, job.payload, message_id)
    await retry(web_bus, job.sequence)

    await (await taken(jobs)).ack_sync(timeout=DEADLINE_SECONDS)
    assert (await web_bus.jetstream.stream_info(AI_JOBS)).state.messages == 0
    assert await list_parked(web_bus) == []


async def test_a_dropped_job_is_gone_and_unknown_numbers_raise(
    ai_bus: Bus, web_bus: Bus, jobs: JetStreamContext.PullSubscription
) -> None:
    await drop(web_bus, (await parked(ai_bus, web_bus, jobs)).sequence)
    assert await list_parked(web_bus) == []
    for sequence in (1, 2, 2**62):
        for act in (read_parked, retry, drop):
            with pytest.raises(NotParkedError):
                await act(web_bus, sequence)


async def test_many_parked_jobs_are_listed_in_their_order(web_bus: Bus, ai_bus: Bus) -> None:
    for number in range(2500):
        await ai_bus.client.publish(f"ai.parked.{number}", b"x" * 1000)
    await ai_bus.client.flush(DEADLINE_SECONDS)
    listed = [job.subject for job in await list_parked(web_bus)]
    assert listed == [f"ai.jobs.{number}" for number in range(2500)]


async def test_a_bus_that_is_away_is_named_as_that(
    outage: Outage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stored_jobs, "ACK_SECONDS", 0.2)
    monkeypatch.setattr(stored_messages, "ANSWER_SECONDS", 0.2)
    async with (
        open_bus(outage.server.url("web"), name="test-web") as web,
        open_bus(outage.server.url("ai"), name="test-ai") as ai,
    ):
        await declare_streams(web.jetstream)
        await web.publish("ai.jobs.7", b"{}", "job-7")
        jobs = await ai.jetstream.pull_subscribe_bind(consumer=AI_JOBS_CONSUMER, stream=AI_JOBS)
        message = await taken(jobs)
        outage.begin()
        hasty = replace(web, jetstream=web.client.jetstream(timeout=0.2))
        acts = (park(ai, message, "why"), list_parked(hasty), read_parked(hasty, 1), drop(hasty, 1))
        ends = await asyncio.gather(*acts, return_exceptions=True)
        outage.end()

    assert [type(end) for end in ends] == [BusAwayError] * len(acts)
