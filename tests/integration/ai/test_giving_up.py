"""Answers that cannot be ended as they should be: they fail, and nothing is told of their text."""

import pytest

from deploy.local.nats_server import NatsServer
from services.ai.jobs.parking import list_parked
from services.shared.bus.connection import Bus
from services.shared.bus.subjects import AI_JOBS, text_subject
from services.shared.process.logging import configure_logging
from tests.integration.ai.test_worker import working
from tests.support.answers import submit, take_results, until_no_job_is_left
from tests.support.endpoints import ModelServer

SECRET = "words of somebody's chat"


@pytest.mark.usefixtures("restored_logging")
async def test_a_log_that_cannot_be_read_fails_its_answer_in_the_end(
    nats_server: NatsServer,
    web_bus: Bus,
    ai_bus: Bus,
    demo: ModelServer,
    capfd: pytest.CaptureFixture[str],
) -> None:
    configure_logging("debug", "console")
    rubbish = f'{{"version": 2, "text": {{"{SECRET}": "{SECRET}"}}'
    await ai_bus.publish(text_subject(7), rubbish.encode(), "rubbish")
    await submit(web_bus, 7, SECRET, run=3)
    await submit(web_bus, 8, "/echo The next.")
    async with working(nats_server, demo, max_deliveries=1):
        results = await take_results(web_bus, 2)
        await until_no_job_is_left(web_bus)
    (parked,) = await list_parked(web_bus)
    said = capfd.readouterr().out

    assert (results[7].status, results[7].error, results[7].run) == ("failed", "interrupted", 3)
    assert results[8].text == "The next."
    assert SECRET.encode() in parked.payload
    assert "job_handed_back" in said
    assert "answer_given_up" in said
    assert SECRET not in said


async def test_a_log_that_lost_its_beginning_is_written_anew(
    nats_server: NatsServer, web_bus: Bus, ai_bus: Bus, demo: ModelServer
) -> None:
    """As a full stream does, which drops its oldest messages."""
    await submit(web_bus, 7, "/echo All of it.")
    job = (await web_bus.jetstream.stream_info(AI_JOBS)).state.last_seq
    piece = f'{{"run":1,"job":{job},"offset":7,"text":"it.","reasoning_offset":0}}'
    await ai_bus.publish(text_subject(7), piece.encode(), "piece")
    async with working(nats_server, demo):
        results = await take_results(web_bus, 1)
    assert (results[7].status, results[7].text) == ("complete", "All of it.")
