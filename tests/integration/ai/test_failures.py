"""Endpoints that fail: the right class of error, the text so far kept, nothing else told."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from deploy.local.nats_server import NatsServer, running_nats
from services.ai.app import create_app
from services.shared.bus.answer_errors import ErrorClass
from services.shared.bus.connection import Bus, open_bus
from services.shared.bus.messages import AnswerResult
from services.shared.bus.stream_management import declare_streams
from services.shared.pages.failures import explain
from services.shared.process.logging import configure_logging
from tests.support.answers import (
    Page,
    normalized,
    publications,
    shown,
    submit,
    take_result,
    take_results,
    until_no_job_is_left,
)
from tests.support.endpoints import PARTIAL, Failure, ModelServer, running_demo
from tests.support.rendered import plain
from tests.support.servers import serving
from tests.support.stack import ai_settings

KEY = "key-of-the-test"

# What the demo endpoint does on `/error NAME`, and the class that a reader is told of.
DEMO_FAILURES: dict[str, ErrorClass] = {
    "rate_limit": "rate_limit",
    "context_length": "context_length",
    "auth": "auth",
    "server": "endpoint_failed",
    "content_filter": "content_filter",
    "cut": "cut_off",
    "disconnect": "cut_off",
    "stall": "timeout",
    "malformed": "bad_response",
    "in_stream": "endpoint_failed",
}
BEFORE_ANY_TEXT = {"rate_limit", "context_length", "auth", "server"}
# What an endpoint says in its errors: a reader may unfold it, the sentence does not repeat it.
DETAILS = ("natter-demo", "429", "8192", "API key provided", "try again in", "127.0.0.1")

type Failed = dict[str, tuple[AnswerResult, Page]]


@pytest_asyncio.fixture(scope="module")
async def failed(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Failed]:
    """Every failure of the demo endpoint, all at once: the client waits before it tries again."""
    numbers = dict(enumerate(DEMO_FAILURES, start=1))
    with running_nats(tmp_path_factory.mktemp("nats")) as nats:
        async with open_bus(nats.url("web"), name="test-web") as bus, running_demo() as demo:
            await declare_streams(bus.jetstream)
            settings = ai_settings(nats, demo.base_url, idle_seconds=1.0)
            async with serving(create_app(settings)):
                for number, name in numbers.items():
                    await submit(bus, number, f"/error {name}")
                results = await take_results(bus, len(numbers))
                await until_no_job_is_left(bus)
            yield {
                name: (results[number], await shown(bus, number))
                for number, name in numbers.items()
            }


@pytest.mark.parametrize("name", DEMO_FAILURES)
def test_a_failure_has_its_class_and_keeps_the_text_so_far(failed: Failed, name: str) -> None:
    result, _ = failed[name]
    assert (result.status, result.error) == ("failed", DEMO_FAILURES[name])
    if name in BEFORE_ANY_TEXT:
        assert result.text == ""
    else:
        assert result.text.endswith("in the middle of a")


@pytest.mark.parametrize("name", DEMO_FAILURES)
def test_the_page_shows_a_failure_with_the_text_and_one_plain_sentence(
    failed: Failed, name: str
) -> None:
    result, page = failed[name]
    assert page.statuses == ["streaming", "failed"]
    assert page.done == normalized(plain(result.text, id_prefix=f"message_{result.message_id}"))
    assert page.error is not None
    assert page.error.startswith(explain(DEMO_FAILURES[name], result.details).happened)
    assert "/message/" in page.footer
    assert "/retry/" in page.footer


@pytest.mark.parametrize("name", DEMO_FAILURES)
def test_the_sentence_repeats_nothing_that_the_endpoint_said_of_itself(
    failed: Failed, name: str
) -> None:
    result, page = failed[name]
    assert not [detail for detail in DETAILS if detail in f"{page.error}{page.done}"]
    assert not [detail for detail in (KEY, "Traceback") if detail in result.model_dump_json()]


@pytest.mark.parametrize(
    ("failure", "error", "text"),
    [
        ("rate_limit", "rate_limit", ""),
        ("auth", "auth", ""),
        ("server", "endpoint_failed", ""),
        ("cut", "cut_off", "It ends in "),
        ("disconnect", "cut_off", "It ends in "),
        ("malformed", "bad_response", "It ends in "),
    ],
)
async def test_another_endpoints_failures_have_the_same_classes(
    nats_server: NatsServer,
    web_bus: Bus,
    llmock: str,
    failure: Failure,
    error: ErrorClass,
    text: str,
) -> None:
    server = ModelServer("llmock", llmock, "any")
    async with serving(create_app(ai_settings(nats_server, server.base_url))):
        await submit(web_bus, 7, server.question_that_fails(failure))
        result = await take_result(web_bus)
    page = await shown(web_bus, 7)

    assert (result.status, result.error) == ("failed", error)
    assert PARTIAL.startswith(result.text)
    assert bool(result.text) == bool(text)
    assert page.done == normalized(plain(result.text, id_prefix="message_7"))


async def test_an_endpoint_that_is_not_there_is_unreachable(
    nats_server: NatsServer, web_bus: Bus
) -> None:
    for number, model in enumerate((None, "some-model"), start=1):
        settings = ai_settings(nats_server, "http://127.0.0.1:1/v1", openai_model=model)
        async with serving(create_app(settings)):
            await submit(web_bus, number, "Hello")
            result = await take_result(web_bus)
            await until_no_job_is_left(web_bus)
        assert (result.status, result.error, result.text) == ("failed", "unreachable", "")


async def test_a_model_that_is_not_there_is_named_as_that(
    nats_server: NatsServer, web_bus: Bus, demo: ModelServer
) -> None:
    settings = ai_settings(nats_server, demo.base_url, openai_model="no-such-model")
    async with serving(create_app(settings)):
        await submit(web_bus, 7, "Hello")
        assert (await take_result(web_bus)).error == "model_missing"


@pytest.mark.usefixtures("restored_logging")
@pytest.mark.parametrize("log_format", ["console", "json"])
async def test_the_key_appears_nowhere(
    nats_server: NatsServer,
    web_bus: Bus,
    demo: ModelServer,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
    log_format: str,
) -> None:
    configure_logging("debug", "json" if log_format == "json" else "console")
    failures = ["/error auth", "/error disconnect", "/error malformed", "Hello"]
    async with serving(create_app(ai_settings(nats_server, demo.base_url))):
        for number, question in enumerate(failures, start=1):
            await submit(web_bus, number, question)
        results = await take_results(web_bus, len(failures))
    captured = capfd.readouterr()
    said = [captured.out, captured.err, caplog.text]
    said += [result.model_dump_json() for result in results.values()]
    said += [payload.decode() for payload in await publications(web_bus)]

    assert "answer_ended" in captured.out
    assert not [text for text in said if KEY in text]
