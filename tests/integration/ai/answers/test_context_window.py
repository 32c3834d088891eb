"""How much of a long chat a model gets, when its context window is known, unknown or learned."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from services.ai.answers.generation import TRIES
from services.shared.bus.messages import AnswerResult, Turn
from tests.integration.ai.workers import Workers
from tests.support.answers import publications
from tests.support.endpoints import ModelServer
from tests.support.provider import settings_for
from tests.support.scripted import (
    DONE,
    LISTED,
    STOP,
    Reply,
    ScriptedEndpoint,
    chunk,
    delta,
    refusal,
    running_script,
)

WORDS = "A word and one more of these. " * 8
LONG_CHAT = tuple(
    Turn(role="assistant" if number % 2 else "user", content=f"{number}: {WORDS}")
    for number in range(20)
)
NOTE = "Older messages were left out"
ANSWER = Reply((chunk("An answer."), STOP, DONE))
WITHOUT_NUMBERS = refusal(
    400, {"error": {"message": "The prompt is too long.", "code": "context_length_exceeded"}}
)


def _refusing(limit: int) -> Reply:
    words = f"This model's maximum context length is {limit} tokens. Reduce the length."
    return refusal(400, {"error": {"message": words, "code": "context_length_exceeded"}})


@asynccontextmanager
async def _answering(
    workers: Workers, script: ScriptedEndpoint, **settings: object
) -> AsyncIterator[None]:
    async with running_script(script) as base_url:
        connections = {"default": settings_for(base_url, **settings)}
        server = ModelServer("demo", base_url.removesuffix("/v1"), "scripted")
        async with workers.working(server, connections=connections, system_prompt="Be kind."):
            yield


async def _ask(workers: Workers, number: int = 7, **more: Any) -> tuple[AnswerResult, str]:
    """Return the result, and the footer on the page."""
    result, page = await workers.answered("The question.", *LONG_CHAT, message_id=number, **more)
    return result, page.footer


def _sent(script: ScriptedEndpoint, number: int = -1) -> list[str]:
    """List the turns of one request to the endpoint, without the system prompt."""
    first, *others = script.asked[number].body["messages"]
    assert first == {"role": "system", "content": "Be kind."}
    assert others[-1]["content"] == "The question."
    return [str(message["content"]) for message in others]


def _assert_newest(sent: list[str], left_out: int) -> None:
    assert sent == [*(turn.content for turn in LONG_CHAT[left_out:]), "The question."]


async def test_a_chat_that_fits_is_sent_whole(workers: Workers) -> None:
    script = ScriptedEndpoint(ANSWER)
    async with _answering(workers, script):
        result, footer = await _ask(workers)
    assert (result.status, result.left_out) == ("complete", 0)
    _assert_newest(_sent(script), 0)
    assert NOTE not in footer


async def test_the_newest_turns_of_a_chat_that_is_too_long_are_sent(workers: Workers) -> None:
    for number, limit in enumerate((400, 700), start=1):
        script = ScriptedEndpoint(ANSWER)
        async with _answering(workers, script, context_tokens=limit, max_tokens=50):
            result, footer = await _ask(workers, number)
        assert result.status == "complete"
        assert 0 < result.left_out < len(LONG_CHAT)
        _assert_newest(_sent(script), result.left_out)
        assert NOTE in footer
    assert NOTE in (await publications(workers.bus))[0].decode()


async def test_the_endpoint_may_say_how_much_its_model_reads(workers: Workers) -> None:
    model = {"id": "some-model", "object": "model", "max_model_len": 600}
    script = ScriptedEndpoint(ANSWER, pages={"/v1/models": {"object": "list", "data": [model]}})
    async with _answering(workers, script, max_tokens=50):
        result, _ = await _ask(workers)
    assert 0 < result.left_out < len(LONG_CHAT)
    _assert_newest(_sent(script), result.left_out)


async def test_a_limit_that_is_named_in_a_refusal_is_kept_to_from_then_on(workers: Workers) -> None:
    script = ScriptedEndpoint(_refusing(600), ANSWER)
    async with _answering(workers, script, max_tokens=50):
        first, footer = await _ask(workers)
        second, _ = await _ask(workers, 8)

    assert (first.status, first.error, second.status) == ("complete", None, "complete")
    assert [len(_sent(script, number)) == 21 for number in range(3)] == [True, False, False]
    assert first.left_out > 0
    assert second.left_out >= first.left_out
    _assert_newest(_sent(script, 1), first.left_out)
    assert NOTE in footer


async def test_a_refusal_without_numbers_has_the_prompt_shortened(workers: Workers) -> None:
    script = ScriptedEndpoint(WITHOUT_NUMBERS, WITHOUT_NUMBERS, ANSWER)
    async with _answering(workers, script, max_tokens=50):
        result, _ = await _ask(workers)
    lengths = [len(_sent(script, number)) for number in range(3)]
    assert result.status == "complete"
    assert lengths[0] == 21
    assert lengths[0] > lengths[1] > lengths[2] > 1
    _assert_newest(_sent(script), result.left_out)


async def test_an_endpoint_that_refuses_every_length_fails_the_answer(workers: Workers) -> None:
    script = ScriptedEndpoint(WITHOUT_NUMBERS)
    async with _answering(workers, script, max_tokens=50):
        result, footer = await _ask(workers)
    assert (result.status, result.error, len(script.asked)) == ("failed", "context_length", TRIES)
    assert ">This chat has grown longer" in footer


async def test_a_single_question_that_is_too_long_is_asked_once(workers: Workers) -> None:
    script = ScriptedEndpoint(_refusing(100))
    async with _answering(workers, script):
        result, _ = await workers.answered(WORDS * 20)
    assert (result.status, result.error, result.left_out) == ("failed", "context_length", 0)
    assert len(script.asked) == 1


async def test_a_continued_text_does_not_count_as_turns(workers: Workers) -> None:
    """The endpoint's token count includes the text that it is to continue."""
    usage = {"prompt_tokens": 4500, "completion_tokens": 3}
    counted = Reply((chunk("More."), delta({}, finish_reason="stop", usage=usage), DONE))
    script = ScriptedEndpoint(counted, ANSWER, pages={"/v1/models": LISTED})
    async with _answering(workers, script, context_tokens=6000, max_tokens=50):
        first, _ = await workers.answered("The question.", *LONG_CHAT[:4], begun=WORDS * 60)
        second, _ = await _ask(workers, 8)
    assert (first.status, first.prompt_tokens) == ("complete", 4500)
    assert second.left_out == 0


async def test_what_had_no_room_in_the_job_counts_among_what_was_left_out(workers: Workers) -> None:
    async with _answering(workers, ScriptedEndpoint(ANSWER)):
        result, footer = await _ask(workers, left_out=3)
    assert (result.status, result.left_out) == ("complete", 3)
    assert NOTE in footer


async def test_what_the_window_leaves_out_comes_on_top(workers: Workers) -> None:
    script = ScriptedEndpoint(_refusing(1000), ANSWER)
    async with _answering(workers, script):
        result, _ = await _ask(workers, left_out=3)
    assert result.left_out == len(LONG_CHAT) + 1 - len(_sent(script)) + 3 > 3


async def test_to_continue_is_offered_where_a_job_has_room_for_the_answer(workers: Workers) -> None:
    for number, (words, is_offered) in enumerate(((1_000, True), (40_000, False)), start=1):
        reply = Reply((chunk("word " * words), chunk(finish_reason="length"), DONE))
        async with _answering(workers, ScriptedEndpoint(reply)):
            result, page = await workers.answered("The question.", message_id=number)
        assert result.finish_reason == "length"
        assert ("/continue/" in page.footer) == is_offered
