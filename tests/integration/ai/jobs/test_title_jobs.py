"""Title jobs: one plain line that can stand in a list, or none."""

from uuid import uuid4

from services.ai.provider.settings import ConnectionSettings
from services.shared.bus.connection import Bus
from services.shared.bus.messages import TitleJob, TitleResult, Turn
from services.shared.bus.subjects import (
    AI_RESULTS,
    AI_RESULTS_CONSUMER,
    title_job_subject,
    title_result_subject,
)
from tests.integration.ai.workers import Workers
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

FAILING = {
    "auth": refusal(401, {"error": {"message": "Incorrect API key provided: key-of-the-test"}}),
    "refused": refusal(400, {"error": {"message": "No."}}),
    "empty": Reply((chunk(""), STOP, DONE)),
    "rubbish": Reply((b"data: <<\n\n",)),
    "cut": Reply((chunk("Bre"),), cuts=True),
    "no word": Reply((chunk("*** !!! ***"), STOP, DONE)),
}


async def _ask(bus: Bus, chat_id: int = 5, **more: str) -> TitleResult:
    job = TitleJob.model_validate({"chat_id": chat_id, "turns": TURNS, **more})
    await bus.publish(title_job_subject(chat_id), job.model_dump_json().encode(), uuid4().hex)
    queue = await bus.jetstream.pull_subscribe_bind(consumer=AI_RESULTS_CONSUMER, stream=AI_RESULTS)
    (message,) = await queue.fetch(1, timeout=DEADLINE_SECONDS)
    await message.ack_sync(timeout=DEADLINE_SECONDS)
    await queue.unsubscribe()
    assert message.subject == title_result_subject(chat_id)
    return TitleResult.model_validate_json(message.data)


async def test_a_chat_gets_a_title_and_its_pages_nothing_yet(
    workers: Workers, demo: ModelServer
) -> None:
    async with workers.working(demo):
        result = await _ask(workers.bus)
        await until_no_job_is_left(workers.bus)
    assert (result.chat_id, result.title) == (5, "How do I bake bread")
    assert await publications(workers.bus) == []


async def test_an_endpoint_that_fails_gives_none(workers: Workers) -> None:
    async with workers.following(ScriptedEndpoint(*FAILING.values())):
        titles = {name: (await _ask(workers.bus)).title for name in FAILING}
    assert titles == dict.fromkeys(FAILING)


async def test_a_connection_that_is_not_there_gives_none(
    workers: Workers, demo: ModelServer
) -> None:
    async with workers.working(demo):
        assert (await _ask(workers.bus, connection="another")).title is None
        assert (await _ask(workers.bus, model="no-such-model")).title is None
        assert (await _ask(workers.bus)).title is not None


async def test_titles_come_from_the_chats_own_connection_unless_one_is_set_for_them(
    workers: Workers, demo: ModelServer
) -> None:
    cheap = ScriptedEndpoint(Reply((chunk("Cheap title"), STOP, DONE)))
    async with running_script(cheap) as url:
        connections = {"cheap": ConnectionSettings(base_url=url)}
        async with workers.working(demo, connections=connections):
            own = [await _ask(workers.bus), await _ask(workers.bus, connection="cheap", model="m")]
        set_for_all = {"title_connection": "cheap", "title_model": "tiny"}
        async with workers.working(demo, connections=connections, **set_for_all):
            every = [await _ask(workers.bus), await _ask(workers.bus, connection="gone")]
        # A model of the default connection is no model of another, which may be on this machine.
        async with workers.working(demo, connections=connections, title_model="natter-demo"):
            some = [await _ask(workers.bus), await _ask(workers.bus, connection="cheap", model="m")]
    assert [each.title for each in own] == ["How do I bake bread", "Cheap title"]
    assert [each.title for each in every] == ["Cheap title", "Cheap title"]
    assert [each.title for each in some] == ["How do I bake bread", "Cheap title"]
    assert [each.body["model"] for each in cheap.asked] == ["m", "tiny", "tiny", "m"]


async def test_a_hostile_title_is_one_plain_line_or_none(workers: Workers) -> None:
    script = ScriptedEndpoint(*(Reply((chunk(answer), STOP, DONE)) for answer in HOSTILE))
    async with workers.following(script):
        titles = [(await _ask(workers.bus)).title for _ in HOSTILE]
    for title in filter(None, titles):
        assert "Bread" in title
        assert len(title) <= 60
        assert title.isprintable()
        assert "turbo-stream" not in title


async def test_a_title_job_that_cannot_be_parsed_does_not_block_others(
    workers: Workers, demo: ModelServer
) -> None:
    async with workers.working(demo):
        for number, payload in enumerate((b"", b'{"kind":"title","chat_id":5}', b'{"kind":"x"}')):
            await workers.bus.publish(title_job_subject(4), payload, f"malformed-{number}")
        assert (await _ask(workers.bus)).title is not None
        await until_no_job_is_left(workers.bus)
