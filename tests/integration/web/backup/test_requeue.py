"""After a restore the queues hold what the database says is to be written, and nothing else."""

from dataclasses import dataclass

import pytest
import pytest_asyncio

from deploy.local.nats_server import NatsServer
from services.shared.bus.connection import Bus
from services.shared.bus.messages import AnswerJob, TitleJob, Turn
from services.shared.bus.stream_management import declare_streams
from services.shared.bus.streams import STREAMS
from services.shared.bus.subjects import (
    AI_JOBS,
    AI_RESULTS,
    AI_SUSPECTS,
    check_group,
    job_subject,
    result_subject,
    suspect_subject,
    title_job_subject,
    turbo_stream_subject,
)
from services.web.backup.queues import Requeued, align_queues
from services.web.db.pool import Connection, Pool
from services.web.settings import WebSettings
from tests.integration.web.natter import jobs, publish, result_of, row, taken, templates, turns
from tests.integration.web.pages import ask, new_chat, running_web
from tests.support.stack import web_settings


async def waiting(db: Connection) -> list[tuple[int, int, list[str]]]:
    """The jobs that wait in the outbox: message, run and turns."""
    rows = await db.fetch("SELECT payload FROM outbox WHERE subject LIKE 'ai.jobs.%' ORDER BY id")
    read = [AnswerJob.model_validate_json(each["payload"]) for each in rows]
    return [(job.message_id, job.run, turns(job)) for job in read]


async def queued(bus: Bus, stream: str) -> list[str]:
    """The subjects of what a stream holds."""
    info = await bus.jetstream.stream_info(stream, subjects_filter=">")
    return sorted(info.state.subjects or {})


def job_of(message: int, run: int = 1) -> bytes:
    said = (Turn(role="user", content="Hello?"),)
    job = AnswerJob(message_id=message, chat_id=1, group=check_group("chat_1"), run=run, turns=said)
    return job.model_dump_json().encode()


@dataclass(frozen=True, slots=True)
class Stopped:
    """A Natter that has stopped while an answer was queued, whose job is in the queue."""

    answer: int
    settings: WebSettings
    pool: Pool
    db: Connection
    bus: Bus
    ai: Bus

    async def requeue(self) -> Requeued:
        return await align_queues(self.pool, self.bus, templates())


@pytest.fixture
def settings(database_url: str, nats_server: NatsServer) -> WebSettings:
    return web_settings(database_url, nats_server)


@pytest_asyncio.fixture
async def stopped(
    settings: WebSettings, pool: Pool, db: Connection, web_bus: Bus, ai_bus: Bus
) -> Stopped:
    async with running_web(settings) as web:
        answer = await ask(web, await new_chat(web), "Question")
        await jobs(db, web_bus)
    return Stopped(answer, settings, pool, db, web_bus, ai_bus)


async def test_a_job_that_is_there_is_left_alone(stopped: Stopped) -> None:
    assert await stopped.requeue() == Requeued(kept=1, dropped=0, published=0)
    assert await queued(stopped.bus, AI_JOBS) == [job_subject(stopped.answer)]
    assert await waiting(stopped.db) == []


async def test_a_job_that_was_lost_is_published_again_and_once(stopped: Stopped) -> None:
    await stopped.bus.jetstream.purge_stream(AI_JOBS)
    lost = Requeued(kept=0, dropped=0, published=1)
    assert await stopped.requeue() == lost
    assert await waiting(stopped.db) == [(stopped.answer, 1, ["Question"])]
    assert await stopped.requeue() == lost
    assert await waiting(stopped.db) == [(stopped.answer, 1, ["Question"])]


async def test_the_job_of_an_earlier_run_gives_way_to_one_of_this_run(stopped: Stopped) -> None:
    await stopped.db.execute(
        "UPDATE messages SET run = 2, content = 'Begun' WHERE id = $1", stopped.answer
    )
    done = await stopped.requeue()
    assert done == Requeued(kept=0, dropped=1, published=1)
    assert await queued(stopped.bus, AI_JOBS) == []
    assert await waiting(stopped.db) == [(stopped.answer, 2, ["Question"])]
    payload = await stopped.db.fetchval("SELECT payload FROM outbox WHERE subject LIKE 'ai.jobs.%'")
    assert AnswerJob.model_validate_json(payload).begun == "Begun"


async def test_an_answer_that_has_ended_is_not_written_again(stopped: Stopped) -> None:
    await stopped.ai.publish(
        suspect_subject(job_subject(stopped.answer), 1), job_of(stopped.answer), "suspect"
    )
    await stopped.db.execute(
        "UPDATE messages SET status = 'complete' WHERE id = $1", stopped.answer
    )
    done = await stopped.requeue()
    assert done == Requeued(kept=0, dropped=2, published=0)
    assert await queued(stopped.bus, AI_JOBS) == await queued(stopped.bus, AI_SUSPECTS) == []


async def test_an_answer_that_is_unknown_is_not_written(stopped: Stopped) -> None:
    await stopped.db.execute("DELETE FROM chats")
    done = await stopped.requeue()
    assert done == Requeued(kept=0, dropped=1, published=0)


@pytest.mark.parametrize(("run", "published"), [(2, 0), (1, 1)])
async def test_a_result_of_this_run_is_enough(stopped: Stopped, run: int, published: int) -> None:
    await stopped.db.execute("UPDATE messages SET run = 2 WHERE id = $1", stopped.answer)
    await stopped.bus.jetstream.purge_stream(AI_JOBS)
    await publish(stopped.ai, result_of(stopped.answer, run=run))
    done = await stopped.requeue()
    assert done == Requeued(kept=0, dropped=0, published=published)
    assert len(await waiting(stopped.db)) == published
    assert await queued(stopped.bus, AI_RESULTS) == [result_subject(stopped.answer)]


async def test_a_job_that_may_have_been_published_is_not_published_twice(stopped: Stopped) -> None:
    """Web may die between publishing a row of the outbox and deleting it."""
    insert = "INSERT INTO outbox (subject, message_id, payload) VALUES ($1, 'x', $2)"
    await stopped.db.execute(insert, job_subject(stopped.answer), job_of(stopped.answer))
    await stopped.db.execute(insert, turbo_stream_subject(check_group("chat_1")), b"stream")
    await stopped.requeue()
    assert await waiting(stopped.db) == []
    assert await stopped.db.fetchval("SELECT count(*) FROM outbox") == 1


async def test_a_job_that_killed_its_workers_is_left_where_it_is(stopped: Stopped) -> None:
    await stopped.bus.jetstream.purge_stream(AI_JOBS)
    subject = suspect_subject(job_subject(stopped.answer), 1)
    await stopped.ai.publish(subject, job_of(stopped.answer), "suspect")
    done = await stopped.requeue()
    assert done == Requeued(kept=1, dropped=0, published=0)
    assert await queued(stopped.bus, AI_SUSPECTS) == [subject]


async def test_what_is_no_job_for_an_answer_is_left_alone(stopped: Stopped) -> None:
    title = TitleJob(chat_id=1, turns=(Turn(role="user", content="x"),))
    await stopped.bus.publish(title_job_subject(1), title.model_dump_json().encode(), "title")
    await stopped.bus.publish(job_subject(999), b"nothing that can be read", "unread")
    await stopped.requeue()
    left = sorted([job_subject(stopped.answer), title_job_subject(1), job_subject(999)])
    assert await queued(stopped.bus, AI_JOBS) == left


async def test_an_answer_is_recorded_and_the_next_has_its_turn_after_all_was_lost(
    stopped: Stopped,
) -> None:
    for stream in STREAMS:
        await stopped.bus.jetstream.delete_stream(stream.name or "")
    await declare_streams(stopped.bus.jetstream)
    await stopped.requeue()
    async with running_web(stopped.settings) as web:
        assert [job.message_id for job in await jobs(stopped.db, stopped.bus)] == [stopped.answer]
        chat = int(str((await row(stopped.db, stopped.answer))["chat_id"]))
        later = await ask(web, chat, "More")
        await publish(stopped.ai, result_of(stopped.answer))
        await taken(stopped.bus)
        assert (await row(stopped.db, stopped.answer))["status"] == "complete"
        assert (await row(stopped.db, later))["status"] == "queued"
