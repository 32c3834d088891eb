"""An answer that is asked for again: what is there stays, and an older job does nothing more."""

from nats.js.api import Header

from deploy.local.nats_server import NatsServer
from services.ai.answers.answer_log import AnswerLog
from services.ai.answers.coalescer import Batch
from services.ai.jobs.attempt import TAKEN_UP
from services.shared.bus.answer_log import read_answer_log
from services.shared.bus.connection import Bus
from services.shared.bus.messages import AnswerJob, Turn
from services.shared.bus.subjects import AI_JOBS, chat_group, job_subject
from tests.integration.ai.test_worker import working
from tests.support.answers import publications, shown, submit, take_result, until_no_job_is_left
from tests.support.endpoints import ModelServer
from tests.support.scripted import STOP, Reply, ScriptedEndpoint, chunk, delta, running_script


async def test_what_was_thought_stays_on_the_page_when_the_answer_is_continued(
    nats_server: NatsServer, web_bus: Bus
) -> None:
    thinking = Reply(
        (delta({"reasoning": "I think."}), chunk("Half of "), chunk(finish_reason="length"))
    )
    script = ScriptedEndpoint(thinking, Reply((chunk("it."), STOP)))
    async with running_script(script) as base_url:
        server = ModelServer("demo", base_url.removesuffix("/v1"), "scripted")
        async with working(nats_server, server):
            await submit(web_bus, 7, "Think.")
            first = await take_result(web_bus)
            await submit(web_bus, 7, "Think.", begun=first.text, run=2)
            second = await take_result(web_bus)
    page = await shown(web_bus, 7)
    assert (first.reasoning, second.text) == ("I think.", "Half of it.")
    assert "I think." in page.thoughts
    assert "Half of it." in page.done
    assert page.status == "complete"


async def test_an_old_job_that_is_taken_up_again_leaves_a_newer_run_alone(
    nats_server: NatsServer, web_bus: Bus, ai_bus: Bus, demo: ModelServer
) -> None:
    await submit(web_bus, 1, "/echo something else")
    number = (await web_bus.jetstream.stream_info(AI_JOBS)).state.last_seq
    newer = AnswerLog(ai_bus, 7, run=2, job=number, attempt="newer")
    await newer.begin()
    await newer.grow(Batch(text="Run two."))
    old = AnswerJob(
        message_id=7,
        chat_id=1,
        group=chat_group(1),
        run=1,
        turns=(Turn(role="user", content="/echo run one"),),
    )
    await web_bus.jetstream.publish(
        job_subject(7),
        old.model_dump_json().encode(),
        headers={Header.MSG_ID.value: "again", TAKEN_UP: "yes"},
    )
    async with working(nats_server, demo):
        await take_result(web_bus)
        await until_no_job_is_left(web_bus)
    logged = await read_answer_log(web_bus, 7)
    assert logged is not None
    assert (logged.run, logged.text, logged.sequence) == (2, "Run two.", newer.sequence)
    assert not [html for html in await publications(web_bus) if b"message_7" in html]
