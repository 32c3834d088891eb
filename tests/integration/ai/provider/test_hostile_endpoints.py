"""Endpoints that send invalid data: every job still ends, once, in one attempt."""

import json

from deploy.local.nats_server import NatsServer
from services.ai.app import create_app
from services.shared.bus.answer_errors import ErrorClass
from services.shared.bus.connection import Bus
from tests.support.answers import shown, submit, take_result, take_results, until_no_job_is_left
from tests.support.scripted import RawEndpoint, chunk, event, running_script
from tests.support.servers import serving
from tests.support.stack import ai_settings

STOP = chunk(finish_reason="stop")
BEFORE = chunk("Before")
CHUNKS: dict[bytes, ErrorClass | None] = {
    b"[]": None,
    b"null": None,
    b'"text"': None,
    b"7": None,
    b"{}": None,
    b'{"choices":null}': None,
    b'{"choices":{}}': None,
    b'{"choices":{"a":1}}': "bad_response",
    b'{"choices":7}': "bad_response",
    b'{"choices":[null]}': None,
    b'{"choices":[[]]}': None,
    b'{"choices":["x"]}': None,
    b'{"choices":[{}]}': None,
    b'{"choices":[{"delta":"x"}]}': None,
    b'{"choices":[{"delta":{"content":["x"]}}]}': None,
    b'{"choices":[{"delta":{"content":7}}]}': None,
    b'{"choices":[],"usage":"many"}': None,
    b'{"choices":[],"usage":{"prompt_tokens":"many","completion_tokens":-1}}': None,
    b'{"choices":[],"usage":{"prompt_tokens":1e400}}': None,
    b'{"choices":[],"model":{"name":"x"}}': None,
    b'{"choices":': "bad_response",
    b"\xff\xfe": "bad_response",
    b'{"error":{"message":"no"}}': "endpoint_failed",
    b'{"error":"no"}': "endpoint_failed",
    b"[" * 100_000: "bad_response",
}


def raw(**fields: object) -> bytes:
    return event(json.dumps(fields).encode())


async def test_a_chunk_of_another_shape_ends_nothing_but_its_answer(
    nats_server: NatsServer, web_bus: Bus
) -> None:
    """All of them are asked of one worker at once, each in the middle of an answer."""
    numbers = dict(enumerate(CHUNKS, start=1))
    answers = {
        f"Question {number}": (BEFORE, event(data), chunk(" and after"), STOP)
        for number, data in numbers.items()
    }
    async with (
        running_script(RawEndpoint(answers=answers)) as base_url,
        serving(create_app(ai_settings(nats_server, base_url))),
    ):
        for number in numbers:
            await submit(web_bus, number, f"Question {number}")
        results = await take_results(web_bus, len(numbers))
        await until_no_job_is_left(web_bus)
    assert {data: results[number].error for number, data in numbers.items()} == CHUNKS
    for number, data in numbers.items():
        result, page = results[number], await shown(web_bus, number)
        assert result.text == ("Before" if CHUNKS[data] else "Before and after"), data
        assert page.statuses == ["streaming", result.status], data


async def test_an_endpoint_that_is_none_fails_the_answer_in_one_attempt(
    nats_server: NatsServer, web_bus: Bus
) -> None:
    broken = b'{"choices":[{"message":{"con'
    scripts = [
        RawEndpoint(b"<html>not an API</html>", media_type="text/html"),
        RawEndpoint(b"", media_type="application/json"),
        RawEndpoint(broken, media_type="application/json"),
    ]
    lists: tuple[object, ...] = (
        {"data": []},
        {"data": None},
        [],
        "models",
        {"data": [7]},
        b"{",
        b"\xff",
    )
    scripts += [RawEndpoint(STOP, models=models) for models in lists]
    for number, script in enumerate(scripts, start=1):
        async with (
            running_script(script) as base_url,
            serving(create_app(ai_settings(nats_server, base_url))),
        ):
            await submit(web_bus, number, "Hello")
            result = await take_result(web_bus)
            await until_no_job_is_left(web_bus)
        page = await shown(web_bus, number)
        assert (result.status, result.text) == ("failed", ""), number
        assert result.error in {"bad_response", "cut_off", "model_missing", "not_found"}, number
        assert page.statuses == ["streaming", "failed"], number


async def test_characters_that_cannot_be_stored_are_replaced(
    nats_server: NatsServer, web_bus: Bus
) -> None:
    surrogate = event(b'{"model":"m\\u0000","choices":[{"delta":{"content":"\\ud83e \\u0000"}}]}')
    script = RawEndpoint(surrogate, raw(choices=[{"delta": {"content": "\x1b[31m\t."}}]), STOP)
    async with (
        running_script(script) as base_url,
        serving(create_app(ai_settings(nats_server, base_url))),
    ):
        await submit(web_bus, 7, "Hello")
        result = await take_result(web_bus)

    assert result.text == "\ufffd \ufffd\ufffd[31m\t."
    assert (result.status, result.error) == ("complete", None)


async def test_absurd_names_and_counts_are_cut_or_left_out(
    nats_server: NatsServer, web_bus: Bus
) -> None:
    usage = {"prompt_tokens": 10**30, "completion_tokens": 3}
    last = raw(choices=[{"finish_reason": "s" * 10_000}], model="m" * 500_000, usage=usage)
    async with (
        running_script(RawEndpoint(chunk("x"), last)) as base_url,
        serving(create_app(ai_settings(nats_server, base_url))),
    ):
        await submit(web_bus, 7, "Hello")
        result = await take_result(web_bus)

    assert (result.model, result.finish_reason) == ("m" * 200, "other")
    assert (result.prompt_tokens, result.completion_tokens) == (None, 3)
