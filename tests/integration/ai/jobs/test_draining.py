"""Workers that drain: their answers end, or others go on with them, uncounted."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx2
import pytest

from deploy.local.nats_server import NatsServer
from services.ai.app import create_app, drain
from services.ai.jobs import job_in_hand
from services.ai.jobs.hand_backs import handed_back as hand_backs_of
from services.ai.jobs.hand_backs import note_hand_back
from services.ai.jobs.parking import list_parked
from services.ai.jobs.stored_jobs import stored_name
from services.shared.bus import work_queue
from services.shared.bus.connection import Bus
from services.shared.bus.subjects import AI_JOBS, AI_JOBS_CONSUMER, hand_back_subject, job_subject
from tests.integration.ai.workers import (
    BESIDE_OTHERS,
    Workers,
    fresh,
    interrupted,
    until_active,
    until_in_isolation,
)
from tests.support.answers import shown, submit, take_result, take_results, until_no_job_is_left
from tests.support.endpoints import ModelServer, running_demo
from tests.support.http import http_client
from tests.support.servers import serving
from tests.support.sockets import measured
from tests.support.stack import ai_settings
from tests.support.waiting import DEADLINE_SECONDS, until

TEXT = "".join(f"{number} words more, and\n\n" for number in range(40))
# A job with one delivery is given up as soon as one worker is lost over it.
ONCE = 1


@pytest.fixture(autouse=True)
def _poll_often(monkeypatch: pytest.MonkeyPatch) -> None:
    """A drained worker ends after its last poll."""
    monkeypatch.setattr(work_queue, "FETCH_SECONDS", 0.5)


@asynccontextmanager
async def serving_worker(
    nats: NatsServer, endpoint: ModelServer, **changes: object
) -> AsyncIterator[str]:
    """Run the service; it drains when the body ends."""
    settings = ai_settings(nats, endpoint.base_url, **changes)
    async with serving(create_app(settings), before_shutdown=drain) as address:
        yield address


async def handed_back(nats: NatsServer, demo: ModelServer, times: int, **changes: object) -> None:
    """Let `times` workers begin one answer, and drain before it has ended."""
    for _ in range(times):
        async with serving_worker(nats, demo, **changes):
            await until_active(demo, 1)
        await until_active(demo, 0)


async def until_draining(address: str) -> dict[str, str]:
    """Wait until a service is no longer ready; return its answer."""
    async with http_client() as client:

        async def is_not_ready() -> httpx2.Response | None:
            answer = await client.get(f"http://{address}/ready")
            return answer if answer.status_code == 503 else None

        answer = await until(is_not_ready)
        assert answer is not None
        assert await measured(address, "natter_ai_draining") == 1
        return dict(answer.json())


async def test_answers_in_hand_end_and_new_ones_are_begun_elsewhere(workers: Workers) -> None:
    async with running_demo(tokens_per_second=100) as demo, asyncio.TaskGroup() as tasks:
        await submit(workers.bus, 1, f"/echo {TEXT}")
        drained = {"drain_seconds": DEADLINE_SECONDS, "max_deliveries": ONCE}
        async with serving_worker(workers.nats, demo, **drained) as address:
            await until_active(demo, 1)
            assert await measured(address, "natter_ai_draining") == 0
            looking = tasks.create_task(_submit_while_draining(workers.bus, address))
        assert await looking == {"bus": "ok", "worker": "DrainingError"}
        first = await take_result(workers.bus)
        async with workers.working(demo, max_deliveries=ONCE):
            second, _ = await workers.ended()
    assert (first.message_id, first.status, first.text) == (1, "complete", TEXT)
    assert (second.message_id, second.status, second.text) == (2, "complete", "another")
    assert [first.restarted, second.restarted] == [False, False]


async def _submit_while_draining(bus: Bus, address: str) -> dict[str, str]:
    said = await until_draining(address)
    await submit(bus, 2, "/echo another")
    return said


async def test_a_job_that_comes_to_a_draining_worker_goes_back(
    workers: Workers, demo: ModelServer
) -> None:
    """The worker asked for it before it drained."""
    async with asyncio.TaskGroup() as tasks:
        drained = {"drain_seconds": DEADLINE_SECONDS, "max_deliveries": ONCE}
        async with serving_worker(workers.nats, demo, **drained) as address:
            await until_asked(workers.bus)
            tasks.create_task(_submit_while_draining(workers.bus, address))
    async with workers.working(demo, max_deliveries=ONCE):
        result, _ = await workers.ended()
    assert (result.status, result.text) == ("complete", "another")
    assert await list_parked(workers.bus) == []


async def until_asked(bus: Bus) -> None:
    """Wait until a worker has asked the queue for a job."""

    async def is_waiting() -> bool:
        return bool((await bus.jetstream.consumer_info(AI_JOBS, AI_JOBS_CONSUMER)).num_waiting)

    await until(is_waiting)


async def test_an_answer_goes_on_however_many_workers_drain(workers: Workers) -> None:
    async with running_demo(tokens_per_second=50) as demo:
        await submit(workers.bus, 1, f"/echo {TEXT}")
        await handed_back(workers.nats, demo, 5, max_deliveries=ONCE)
    async with running_demo() as demo, workers.working(demo, max_deliveries=ONCE):
        result, _ = await workers.ended()
    page = await shown(workers.bus, 1)
    assert (result.status, result.text, result.restarted) == ("complete", TEXT, False)
    assert page.done == fresh(TEXT, 1)
    assert await list_parked(workers.bus) == []


async def test_lost_workers_count_and_drained_ones_do_not(
    workers: Workers, demo: ModelServer
) -> None:
    await submit(workers.bus, 1, "/error timeout")
    await handed_back(workers.nats, demo, 3)
    await interrupted(workers.nats, demo, 1, BESIDE_OTHERS)
    # It is isolated now; drained workers do not count there either.
    async with serving_worker(workers.nats, demo):
        await until_in_isolation(workers.bus, 1, 0)
        await until_active(demo, 1)
    await handed_back(workers.nats, demo, 2)
    await interrupted(workers.nats, demo, 1, 3)
    async with workers.working(demo):
        result, _ = await workers.ended()
    assert (result.status, result.error) == ("failed", "interrupted")
    assert len(await list_parked(workers.bus)) == 1


@pytest.mark.parametrize("max_answers", [1, 32])
async def test_what_does_not_end_in_time_is_handed_back(
    workers: Workers, demo: ModelServer, max_answers: int
) -> None:
    await submit(workers.bus, 1, "/error stall")
    await submit(workers.bus, 2, "/echo beside it")
    settings = {"drain_seconds": 0.5, "max_answers": max_answers, "max_deliveries": ONCE}
    async with serving_worker(workers.nats, demo, **settings):
        await until_active(demo, 1)
    async with workers.working(demo, idle_seconds=1, max_deliveries=ONCE):
        results = await take_results(workers.bus, 2)
        await until_no_job_is_left(workers.bus)
    assert results[1].error != "interrupted"
    assert results[2].text == "beside it"


async def test_all_that_a_drained_worker_was_delivered_of_a_job_is_uncounted(
    workers: Workers, demo: ModelServer
) -> None:
    """The queue has missed its reports, and delivered the job to it again."""
    await submit(workers.bus, 1, "/error stall")
    with pytest.MonkeyPatch.context() as silenced:
        silenced.setattr(job_in_hand, "PROGRESS_SECONDS", DEADLINE_SECONDS)
        async with serving_worker(workers.nats, demo, drain_seconds=0.5, max_deliveries=ONCE):

            async def is_delivered_again() -> bool:
                queue = await workers.bus.jetstream.consumer_info(AI_JOBS, AI_JOBS_CONSUMER)
                return bool(queue.delivered and queue.delivered.consumer_seq > 1)

            await until(is_delivered_again)
    async with workers.working(demo, max_deliveries=ONCE):
        result, _ = await workers.ended()
    assert result.error is None


# Anything but a count counts as 0.
NOTES = {b"2": 2, b"": 0, b"-1": 0, b"two": 0, b"1" * 5000: 0}


async def test_a_note_is_a_count_or_nothing(web_bus: Bus, ai_bus: Bus) -> None:
    await web_bus.publish(job_subject(7), b"{}", "job")
    queue = await ai_bus.jetstream.pull_subscribe_bind(AI_JOBS_CONSUMER, stream=AI_JOBS)
    (first,) = await queue.fetch(1)
    await first.nak()
    (second,) = await queue.fetch(1)
    subject = hand_back_subject(AI_JOBS, stored_name(second))
    for number, (note, count) in enumerate(NOTES.items()):
        await ai_bus.publish(subject, note, f"note-{number}")
        assert await hand_backs_of(ai_bus, second) == count, note
    await note_hand_back(ai_bus, second, 1)
    await note_hand_back(ai_bus, second, 2)
    assert await hand_backs_of(ai_bus, second) == 1
