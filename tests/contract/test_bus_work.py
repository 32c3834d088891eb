"""The work of each service on a real server, with its own permissions only."""

from collections.abc import AsyncIterator

import pytest_asyncio
from nats.js import JetStreamContext

from deploy.local.nats_server import NatsServer
from services.shared.bus.stream_management import declare_streams
from services.shared.bus.subjects import AI_JOBS, AI_JOBS_CONSUMER, AI_RESULTS, AI_RESULTS_CONSUMER
from tests.support.bus_users import User, all_users
from tests.support.waiting import DEADLINE_SECONDS

HTML = b'<turbo-stream action="refresh"></turbo-stream>'


@pytest_asyncio.fixture
async def users(nats_server: NatsServer) -> AsyncIterator[dict[str, User]]:
    async with all_users(nats_server) as connections:
        await declare_streams(connections["web"].client.jetstream())
        yield connections


def jetstream(user: User) -> JetStreamContext:
    return user.client.jetstream()


async def test_a_job_goes_from_web_to_ai_and_its_result_back(users: dict[str, User]) -> None:
    web, ai = jetstream(users["web"]), jetstream(users["ai"])
    await web.publish("ai.jobs.1", b"job")
    jobs = await ai.pull_subscribe_bind(consumer=AI_JOBS_CONSUMER, stream=AI_JOBS)
    (job,) = await jobs.fetch(1, timeout=DEADLINE_SECONDS)
    await job.in_progress()
    await ai.publish("ai.results.1", b"result")
    await job.ack_sync(timeout=DEADLINE_SECONDS)
    results = await web.pull_subscribe_bind(consumer=AI_RESULTS_CONSUMER, stream=AI_RESULTS)
    (result,) = await results.fetch(1, timeout=DEADLINE_SECONDS)
    await result.ack_sync(timeout=DEADLINE_SECONDS)

    assert (job.data, result.data) == (b"job", b"result")
    for stream in (AI_JOBS, AI_RESULTS):
        assert (await web.stream_info(stream)).state.messages == 0


async def test_every_writer_reaches_the_gateway_and_gets_its_ack(users: dict[str, User]) -> None:
    heard = await users["realtime"].client.subscribe("live.turbo_stream.chat_1")
    assert await users["realtime"].subscribes("control.>")  # and with it the one before
    for position, user in enumerate(("web", "ai", "publisher"), start=1):
        ack = await jetstream(users[user]).publish("turbo_stream.chat_1", HTML)
        message = await heard.next_msg(timeout=DEADLINE_SECONDS)

        assert (ack.stream, ack.seq) == ("TURBO_STREAM", position)
        assert message.data == HTML
        assert message.headers is not None
        assert message.headers["Nats-Sequence"] == str(position)


async def test_the_ack_of_a_publication_cannot_pass_for_a_turbo_stream(
    users: dict[str, User],
) -> None:
    """An ack goes where its publisher says, here to the live subject: as JSON."""
    heard = await users["realtime"].client.subscribe("live.turbo_stream.chat_2")
    assert await users["realtime"].subscribes("control.>")
    await users["publisher"].client.publish(
        "turbo_stream.chat_1", HTML, reply="live.turbo_stream.chat_2"
    )
    assert (await heard.next_msg(timeout=DEADLINE_SECONDS)).data.startswith(
        b'{"stream":"TURBO_STREAM"'
    )
