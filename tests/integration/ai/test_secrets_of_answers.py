"""Whatever an endpoint answers, neither a span nor a canonical line holds a text or a key."""

from collections.abc import Iterator

import pytest
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from pydantic import SecretStr

from deploy.local.nats_server import NatsServer
from services.ai.app import create_app
from services.shared.bus.connection import Bus
from tests.support.answers import submit, take_result, until_no_job_is_left
from tests.support.canonical_lines import Log
from tests.support.logs import restored_logging
from tests.support.scripted import DONE, STOP, Reply, ScriptedEndpoint, chunk, delta, refusal
from tests.support.servers import serving
from tests.support.spans import kept_spans
from tests.support.stack import ai_settings

__all__ = ["restored_logging"]

pytestmark = pytest.mark.usefixtures("restored_logging")

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


@pytest.fixture
def spans() -> Iterator[InMemorySpanExporter]:
    with kept_spans() as exporter:
        yield exporter


@pytest.mark.parametrize("what", ANSWERS)
async def test_no_secret_is_in_a_span_or_in_a_line(
    what: str,
    nats_server: NatsServer,
    web_bus: Bus,
    spans: InMemorySpanExporter,
    capfd: pytest.CaptureFixture[str],
) -> None:
    log = Log(capfd)
    endpoint = ScriptedEndpoint(ANSWERS[what])
    async with serving(endpoint.application()) as address:
        url = f"http://{address}/v1?parameter={PARAMETER}"
        key = SecretStr(KEY)
        settings = ai_settings(nats_server, url, openai_api_key=key, openai_model="a-model")
        async with serving(create_app(settings)):
            await submit(web_bus, 7, QUESTION)
            await take_result(web_bus)
            await until_no_job_is_left(web_bus)
    told = [each.to_json() for each in spans.get_finished_spans()]
    assert {each.name for each in spans.get_finished_spans()} >= {"job", "chat"}
    assert log.lines("answer_ended")
    for secret in SECRETS:
        assert not [each for each in told if secret in each], secret
    for secret in SECRETS[:2]:
        assert secret not in log.said
