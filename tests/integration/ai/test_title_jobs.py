"""Jobs for titles: a line that can stand in a list, or the word that there is none."""

from uuid import uuid4

import pytest

from deploy.local.nats_server import NatsServer
from services.shared.bus.connection import Bus
from services.shared.bus.messages import TitleJob, TitleResult, Turn
from services.shared.bus.subjects import (
    AI_RESULTS,
    AI_RESULTS_CONSUMER,
    title_job_subject,
    title_result_subject,
)
from tests.integration.ai.test_worker import working
from tests.support.answers import publications, until_no_job_is_left
from tests.support.endpoints import ModelServer
from tests.support.scripted import (
    DONE,
    STOP,
    Reply,
    ScriptedEndpoint,
    chunk,
    refusal,
    running_script,
)
from tests.support.waiting import DEADLINE_SECONDS

TURNS = (
    Turn(role="user", content="How do I bake bread?"),
    Turn(role="assistant", content="With flour, water, salt and time."),
)
HOSTILE = [
    "<script>alert(1)</script> **Bread** \u202eevil\u202c\x00",
    "</template></turbo-stream><turbo-stream action='refresh'>Bread</turbo-stream>",
    "Bread " * 2000,
    '<think>hm</think>\n\n# "Bread"\n',
    "[Bread](javascript:alert(1))",
]


async def _ask(bus: Bus, chat_id: int = 5, **more: str) -> TitleResult:
    job = TitleJob.model_validate({"chat_id": chat_id, "turns": TURNS, **more})
    await bus.publish(title_job_subject(chat_id), job.model_dump_json().encode(), uuid4().hex)
    queue = await bus.jetstream.pull_subscribe_bind(consumer=AI_RESULTS_CONSUMER, stream=AI_RESULTS)
    (message,) = await queue.fetch(1, timeout=DEADLINE_SECONDS)
    await message.ack_sync(timeout=DEADLINE_SECONDS)
    await queue.unsubscribe()
    assert message.subject == title_result_subject(chat_id)
    return TitleResult.model_validate_json(message.data)


async def _title_of(nats: NatsServer, bus: Bus, script: ScriptedEndpoint) -> str | None:
    async with running_script(script) as base_url:
        server = ModelServer("demo", base_url.removesuffix("/v1"), "scripted")
        async with working(nats, server):
            result = await _ask(bus)
            await until_no_job_is_left(bus)
    return result.title


async def test_a_chat_gets_a_title_and_its_pages_nothing_yet(
    nats_server: NatsServer, web_bus: Bus, demo: ModelServer
) -> None:
    async with working(nats_server, demo):
        result = await _ask(web_bus)
        await until_no_job_is_left(web_bus)
    assert (result.chat_id, result.title) == (5, "How do I bake bread")
    assert await publications(web_bus) == []


@pytest.mark.parametrize(
    "reply",
    [
        refusal(401, {"error": {"message": "Incorrect API key provided: key-of-the-test"}}),
        refusal(400, {"error": {"message": "No."}}),
        Reply((chunk(""), STOP, DONE)),
        Reply((b"data: <<\n\n",)),
        Reply((chunk("Bre"),), cuts=True),
        Reply((chunk("*** !!! ***"), STOP, DONE)),
    ],
    ids=["auth", "refused", "empty", "rubbish", "cut", "no word"],
)
async def test_an_endpoint_that_fails_gives_none(
    nats_server: NatsServer, web_bus: Bus, reply: Reply
) -> None:
    assert await _title_of(nats_server, web_bus, ScriptedEndpoint(reply)) is None


async def test_a_connection_that_is_not_there_gives_none(
    nats_server: NatsServer, web_bus: Bus, demo: ModelServer
) -> None:
    async with working(nats_server, demo):
        assert (await _ask(web_bus, connection="another")).title is None
        assert (await _ask(web_bus, model="no-such-model")).title is None
        assert (await _ask(web_bus)).title is not None


@pytest.mark.parametrize("answer", HOSTILE, ids=range(len(HOSTILE)))
async def test_a_hostile_title_is_one_plain_line_or_none(
    nats_server: NatsServer, web_bus: Bus, answer: str
) -> None:
    script = ScriptedEndpoint(Reply((chunk(answer), STOP, DONE)))
    title = await _title_of(nats_server, web_bus, script)
    if title is not None:
        assert "Bread" in title
        assert len(title) <= 60
        assert title.isprintable()
        assert "turbo-stream" not in title


@pytest.mark.parametrize("payload", [b"", b'{"kind":"title","chat_id":5}', b'{"kind":"song"}'])
async def test_a_title_job_that_cannot_be_read_stands_in_nobodys_way(
    nats_server: NatsServer, web_bus: Bus, demo: ModelServer, payload: bytes
) -> None:
    async with working(nats_server, demo):
        await web_bus.publish(title_job_subject(4), payload, "malformed")
        assert (await _ask(web_bus)).title is not None
        await until_no_job_is_left(web_bus)
