"""The canonical log line of an answer: the fields of the README, and no text or key."""

import pytest
from pydantic import SecretStr

from tests.integration.ai.workers import Workers
from tests.support.answers import submit, take_results, until_no_job_is_left
from tests.support.canonical_lines import COMMON, Log, documented
from tests.support.endpoints import ModelServer
from tests.support.logs import restored_logging
from tests.support.scripted import DONE, STOP, Reply, ScriptedEndpoint, chunk, delta, refusal
from tests.support.servers import serving
from tests.support.spans import kept_spans

__all__ = ["restored_logging"]

pytestmark = pytest.mark.usefixtures("restored_logging")

FIELDS = documented("answer_ended", without="only if they explain the end") | COMMON
TOLD = ("purple ", "words ", "only the page has")
KEY = "sk-canary-of-a-key-0123456789"
PARAMETER = "canary-of-a-parameter"
QUESTION = "canary of a question"
SECRETS = (KEY, PARAMETER, QUESTION)
ECHO = " ".join(SECRETS)
ANSWERS = {
    "refuses and repeats all": refusal(
        400, {"error": {"message": ECHO, "type": ECHO, "code": ECHO, "param": ECHO}}
    ),
    "does not find it": refusal(404, {"error": {"message": ECHO, "code": "model_not_found"}}),
    "wants no such key": refusal(401, {"error": {"message": f"Incorrect API key: {KEY}"}}),
    "redirects": Reply(status=302, headers={"location": f"http://127.0.0.1:9/{PARAMETER}?k={KEY}"}),
    "ends with it": Reply((chunk(ECHO), chunk(finish_reason=ECHO), DONE)),
    "fails within its answer": Reply(
        (chunk("begun"), delta({}, error={"message": ECHO, "code": ECHO}), DONE)
    ),
    "calls itself so": Reply((delta({"content": "x"}, model=ECHO), STOP, DONE)),
    "asks for such a tool": Reply(
        (
            delta({"tool_calls": [{"index": 0, "id": "1", "function": {"name": KEY}}]}),
            chunk(finish_reason="tool_calls"),
            DONE,
        )
    ),
    "says no JSON": Reply((b"data: " + ECHO.encode() + b"\n\n",)),
    "cuts": Reply((chunk(ECHO),), cuts=True),
}


async def answered(workers: Workers, endpoint: ScriptedEndpoint, *, run: int = 1) -> None:
    async with workers.following(endpoint, openai_model="a-model"):
        await workers.answered("orange question", run=run)


async def test_an_answer_is_one_line_with_these_fields_and_no_other(
    workers: Workers, capfd: pytest.CaptureFixture[str]
) -> None:
    log = Log(capfd)
    endpoint = ScriptedEndpoint(Reply((*map(chunk, TOLD), STOP, DONE)))
    await answered(workers, endpoint, run=3)
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
    workers: Workers, capfd: pytest.CaptureFixture[str]
) -> None:
    log = Log(capfd)
    endpoint = ScriptedEndpoint(refusal(400, {"detail": "Not with that."}))
    await answered(workers, endpoint)
    (line,) = log.lines("answer_ended")
    assert set(line) == FIELDS | {"address", "http_status", "said"}
    assert (line["level"], line["status"], line["error"]) == ("warning", "failed", "refused")
    assert (line["model"], line["connection"]) == ("a-model", "default")
    assert (line["first_token_ms"], line["chunks"], line["flushes"]) == (None, 0, 0)


async def test_each_answer_has_a_line_and_a_trace_of_its_own(
    workers: Workers, demo: ModelServer, capfd: pytest.CaptureFixture[str]
) -> None:
    log = Log(capfd)
    async with workers.working(demo):
        for number in range(1, 6):
            await submit(workers.bus, number, "Hello")
        await take_results(workers.bus, 5)
        await until_no_job_is_left(workers.bus)
    lines = log.lines("answer_ended")
    assert sorted(str(line["message_id"]) for line in lines) == list("12345")
    assert len({line["trace_id"] for line in lines}) == 5


async def test_what_an_endpoint_calls_itself_makes_no_second_line(
    workers: Workers, capfd: pytest.CaptureFixture[str]
) -> None:
    log = Log(capfd)
    replies = [
        Reply((chunk("Hello").replace(b'"scripted"', name), STOP, DONE))
        for name in (b'"a\\nb"', b'"\\u001b[2Jx"')
    ]
    for number, reply in enumerate(replies, start=1):
        await answered(workers, ScriptedEndpoint(reply))
        assert len(log.lines("answer_ended")) == number
    assert "\x1b" not in log.said


async def test_no_secret_is_in_a_span_or_in_a_line(
    workers: Workers, capfd: pytest.CaptureFixture[str]
) -> None:
    log = Log(capfd)
    for what, answer in ANSWERS.items():
        endpoint = ScriptedEndpoint(answer)
        with kept_spans() as spans:
            async with serving(endpoint.application()) as address:
                url = f"http://{address}/v1?parameter={PARAMETER}"
                key = SecretStr(KEY)
                nowhere = ModelServer("demo", "http://127.0.0.1:1", "none")
                changes = {"openai_base_url": url, "openai_api_key": key, "openai_model": "m"}
                async with workers.working(nowhere, **changes):
                    await workers.answered(QUESTION)
            finished = spans.get_finished_spans()
        assert {each.name for each in finished} >= {"job", "chat"}, what
        exported = [each.to_json() for each in finished]
        assert not [each for each in exported if any(secret in each for secret in SECRETS)], what
        assert not [secret for secret in SECRETS[:2] if secret in log.said], what
    assert len(log.lines("answer_ended")) == len(ANSWERS)
