"""Endpoints that fail or ask to wait: the class of error, the text so far, and what pages show."""

import pytest

from services.shared.bus.answer_errors import ErrorClass
from services.shared.bus.answer_log import read_answer_log
from services.shared.pages.failures import explain
from services.shared.process.logging import configure_logging
from tests.integration.ai.workers import Workers, fresh
from tests.support.answers import publications, shown, submit, take_results, until_no_job_is_left
from tests.support.endpoints import PARTIAL, Failure, ModelServer
from tests.support.scripted import DONE, STOP, Reply, ScriptedEndpoint, chunk, delta, refusal

KEY = "key-of-the-test"

# What the demo endpoint does on `/error NAME`, and the class of the error.
DEMO_FAILURES: dict[str, ErrorClass] = {
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
BEFORE_ANY_TEXT = {"context_length", "auth", "server"}
# Parts of the endpoint's own words: the page may show them folded, never in its sentence.
DETAILS = ("natter-demo", "429", "8192", "API key provided", "try again in", "127.0.0.1")

# The same of llmock; with True some text came before.
LLMOCK_FAILURES: dict[Failure, tuple[ErrorClass, bool]] = {
    "rate_limit": ("rate_limit", False),
    "auth": ("auth", False),
    "server": ("endpoint_failed", False),
    "cut": ("cut_off", True),
    "disconnect": ("cut_off", True),
    "malformed": ("bad_response", True),
}
BUSY = refusal(429, {"error": {"message": "Too many requests."}}, retry_after="1.1")
WORDS = (chunk("Hello."), STOP, DONE)
THOUGHTS = (delta({"reasoning": "A greeting?"}), *WORDS)


async def test_a_failure_keeps_the_text_so_far_and_is_explained_in_one_sentence(
    workers: Workers, demo: ModelServer
) -> None:
    numbers = dict(enumerate(DEMO_FAILURES, start=1))
    async with workers.working(demo, idle_seconds=1.0):
        for number, name in numbers.items():
            await submit(workers.bus, number, f"/error {name}")
        results = await take_results(workers.bus, len(numbers))
        await until_no_job_is_left(workers.bus)
    for number, name in numbers.items():
        result, page = results[number], await shown(workers.bus, number)
        assert (result.status, result.error) == ("failed", DEMO_FAILURES[name]), name
        if name in BEFORE_ANY_TEXT:
            assert result.text == "", name
        else:
            assert result.text.endswith("in the middle of a"), name
        assert (page.statuses, page.done) == (["streaming", "failed"], fresh(result.text, number))
        assert page.error is not None, name
        assert page.error.startswith(explain(DEMO_FAILURES[name], result.details).happened)
        assert "/message/" in page.footer
        assert "/retry/" in page.footer
        assert not [detail for detail in DETAILS if detail in f"{page.error}{page.done}"], name
        assert not [word for word in (KEY, "Traceback") if word in result.model_dump_json()], name


async def test_another_endpoints_failures_have_the_same_classes(
    workers: Workers, llmock: str
) -> None:
    server = ModelServer("llmock", llmock, "any")
    async with workers.working(server):
        for number, (failure, (error, has_text)) in enumerate(LLMOCK_FAILURES.items(), start=1):
            question = server.question_that_fails(failure)
            result, page = await workers.answered(question, message_id=number)
            assert (result.status, result.error) == ("failed", error), failure
            assert PARTIAL.startswith(result.text), failure
            assert bool(result.text) == has_text, failure
            assert page.done == fresh(result.text, number), failure
            assert page.error is not None, failure
            assert page.error.startswith(explain(error, result.details).happened), failure


async def test_an_endpoint_that_is_not_there_is_unreachable(workers: Workers) -> None:
    nowhere = ModelServer("demo", "http://127.0.0.1:1", "none")
    for number, model in enumerate((None, "some-model"), start=1):
        async with workers.working(nowhere, openai_model=model):
            result, _ = await workers.answered("Hello", message_id=number)
        assert (result.status, result.error, result.text) == ("failed", "unreachable", "")


async def test_a_model_that_is_not_there_is_named_as_missing(
    workers: Workers, demo: ModelServer
) -> None:
    async with workers.working(demo, openai_model="no-such-model"):
        assert (await workers.answered("Hello"))[0].error == "model_missing"


@pytest.mark.usefixtures("restored_logging")
async def test_the_key_appears_nowhere(
    workers: Workers,
    demo: ModelServer,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    questions = ["/error auth", "/error disconnect", "/error malformed", "Hello"]
    said: list[str] = []
    for log_format in ("console", "json"):
        configure_logging("debug", "json" if log_format == "json" else "console")
        async with workers.working(demo):
            for number, question in enumerate(questions, start=1):
                await submit(workers.bus, number, question)
            results = await take_results(workers.bus, len(questions))
        captured = capfd.readouterr()
        assert "answer_ended" in captured.out
        said += [captured.out, captured.err, caplog.text]
        said += [result.model_dump_json() for result in results.values()]
    said += [payload.decode() for payload in await publications(workers.bus)]
    assert not [text for text in said if KEY in text]


async def test_a_page_shows_a_wait_until_something_comes(workers: Workers) -> None:
    script = ScriptedEndpoint(BUSY, Reply(WORDS), BUSY, Reply(THOUGHTS))
    async with workers.following(script):
        for number, has_thoughts in ((1, False), (2, True)):
            result, page = await workers.answered("Hello?", message_id=number)
            assert (result.status, result.text) == ("complete", "Hello.")
            thinking = page.document.by_id[f"message_{number}_thinking"].inner_html()
            assert "message__wait" not in thinking
            assert bool(thinking) == has_thoughts
            logged = await read_answer_log(workers.bus, number)
            assert logged is not None
            assert logged.text == "Hello."
    waits = [payload for payload in await publications(workers.bus) if b"message__wait" in payload]
    assert len(waits) == 2
    assert all(b"asks to wait" in payload for payload in waits)


async def test_a_wait_is_not_shown_below_an_answer_that_was_begun(workers: Workers) -> None:
    async with workers.following(ScriptedEndpoint(BUSY, Reply(WORDS))):
        await workers.answered("Hello?", begun="Well, ")
    assert not [each for each in await publications(workers.bus) if b"message__wait" in each]
