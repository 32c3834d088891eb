"""The canonical line of an answer: its fields are exactly those of the README."""

import pytest

from deploy.local.nats_server import NatsServer
from services.ai.app import create_app
from services.shared.bus.connection import Bus
from tests.support.answers import submit, take_result, take_results, until_no_job_is_left
from tests.support.canonical_lines import COMMON, Log, documented
from tests.support.endpoints import ModelServer
from tests.support.logs import restored_logging
from tests.support.scripted import DONE, STOP, Reply, ScriptedEndpoint, chunk, refusal
from tests.support.servers import serving
from tests.support.stack import ai_settings

__all__ = ["restored_logging"]

pytestmark = pytest.mark.usefixtures("restored_logging")

FIELDS = documented("answer_ended", without="only where they explain the end") | COMMON
TOLD = ("purple ", "words ", "only the page has")


async def answered(nats: NatsServer, bus: Bus, endpoint: ScriptedEndpoint, *, run: int = 1) -> None:
    async with serving(endpoint.application()) as address:
        settings = ai_settings(nats, f"http://{address}/v1", openai_model="a-model")
        async with serving(create_app(settings)):
            await submit(bus, 7, "orange question", run=run)
            await take_result(bus)
            await until_no_job_is_left(bus)


async def test_an_answer_is_one_line_with_these_fields_and_no_other(
    nats_server: NatsServer, web_bus: Bus, capfd: pytest.CaptureFixture[str]
) -> None:
    log = Log(capfd)
    endpoint = ScriptedEndpoint(Reply((*map(chunk, TOLD), STOP, DONE)))
    await answered(nats_server, web_bus, endpoint, run=3)
    (line,) = log.lines("answer_ended")
    assert set(line) == FIELDS
    expected = {
        "level": "info",
        "message_id": 7,
        "chat_id": 1,
        "run": 3,
        "attempt": 1,
        "connection": "default",
        "model": "scripted",
        "status": "complete",
        "error": None,
        "finish_reason": "stop",
        "characters": len("".join(TOLD)),
        "reasoning_characters": 0,
    }
    assert {name: line[name] for name in expected} == expected
    assert isinstance(line["chunks"], int)
    assert line["chunks"] >= len(TOLD)
    assert isinstance(line["flushes"], int)
    assert 1 <= line["flushes"] <= len(TOLD)
    assert isinstance(line["first_token_ms"], float)
    assert isinstance(line["duration_ms"], float)
    assert line["duration_ms"] >= line["first_token_ms"]
    assert isinstance(line["completion_tokens"], int)
    for text in ("orange", "purple", "key-of-the-test"):
        assert text not in log.said


async def test_a_failure_has_beside_them_what_explains_it(
    nats_server: NatsServer, web_bus: Bus, capfd: pytest.CaptureFixture[str]
) -> None:
    log = Log(capfd)
    endpoint = ScriptedEndpoint(refusal(400, {"detail": "Not with that."}))
    await answered(nats_server, web_bus, endpoint)
    (line,) = log.lines("answer_ended")
    assert set(line) == FIELDS | {"address", "http_status", "said"}
    assert (line["level"], line["status"], line["error"]) == ("warning", "failed", "refused")
    assert (line["model"], line["connection"]) == ("a-model", "default")
    assert (line["first_token_ms"], line["chunks"], line["flushes"]) == (None, 0, 0)


async def test_each_answer_has_a_line_and_a_trace_of_its_own(
    nats_server: NatsServer, web_bus: Bus, demo: ModelServer, capfd: pytest.CaptureFixture[str]
) -> None:
    log = Log(capfd)
    async with serving(create_app(ai_settings(nats_server, demo.base_url))):
        for number in range(1, 6):
            await submit(web_bus, number, "Hello")
        await take_results(web_bus, 5)
        await until_no_job_is_left(web_bus)
    lines = log.lines("answer_ended")
    assert sorted(str(line["message_id"]) for line in lines) == list("12345")
    assert len({line["trace_id"] for line in lines}) == 5


@pytest.mark.parametrize("words", ["a\nb", "\x1b[2Jx"])
async def test_what_an_endpoint_calls_itself_makes_no_second_line(
    nats_server: NatsServer, web_bus: Bus, capfd: pytest.CaptureFixture[str], words: str
) -> None:
    log = Log(capfd)
    reply = chunk("Hello").replace(b'"scripted"', f'"{words}"'.encode("unicode_escape"))
    await answered(nats_server, web_bus, ScriptedEndpoint(Reply((reply, STOP, DONE))))
    assert len(log.lines("answer_ended")) == 1
    assert "\x1b" not in log.said
