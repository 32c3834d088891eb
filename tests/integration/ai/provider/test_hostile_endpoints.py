"""Endpoints that send what no endpoint should: every job still ends, once, in one attempt."""

import json
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from deploy.local.nats_server import NatsServer, running_nats
from services.ai.app import create_app
from services.shared.bus.connection import Bus, open_bus
from services.shared.bus.messages import AnswerResult, ErrorClass
from services.shared.bus.streams import declare_streams
from tests.support.answers import (
    Page,
    shown,
    submit,
    take_result,
    take_results,
    until_no_job_is_left,
)
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


@pytest_asyncio.fixture(scope="module")
async def answered(
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[dict[bytes, tuple[AnswerResult, Page]]]:
    """An answer with each of the chunks in its middle, all asked of one worker at once."""
    numbers = dict(enumerate(CHUNKS, start=1))
    answers = {
        f"Question {number}": (BEFORE, event(data), chunk(" and after"), STOP)
        for number, data in numbers.items()
    }
    with running_nats(tmp_path_factory.mktemp("nats")) as nats:
        async with (
            open_bus(nats.url("web"), name="test-web") as bus,
            running_script(RawEndpoint(answers=answers)) as base_url,
        ):
            await declare_streams(bus.jetstream)
            async with serving(create_app(ai_settings(nats, base_url))):
                for number in numbers:
                    await submit(bus, number, f"Question {number}")
                results = await take_results(bus, len(numbers))
                await until_no_job_is_left(bus)
            yield {
                data: (results[number], await shown(bus, number))
                for number, data in numbers.items()
            }


@pytest.mark.parametrize("data", CHUNKS, ids=lambda value: repr(value)[:60])
def test_a_chunk_of_another_shape_ends_nothing_but_its_answer(
    answered: dict[bytes, tuple[AnswerResult, Page]], data: bytes
) -> None:
    result, page = answered[data]
    assert result.error == CHUNKS[data]
    assert result.text == ("Before" if CHUNKS[data] else "Before and after")
    assert page.statuses == ["streaming", result.status]


@pytest.mark.parametrize(
    "script",
    [
        RawEndpoint(b"<html>not an API</html>", media_type="text/html"),
        RawEndpoint(b"", media_type="application/json"),
        RawEndpoint(b'{"choices":[{"message":{"con', media_type="application/json"),
        RawEndpoint(STOP, models={"data": []}),
        RawEndpoint(STOP, models={"data": None}),
        RawEndpoint(STOP, models=[]),
        RawEndpoint(STOP, models="models"),
        RawEndpoint(STOP, models={"data": [7]}),
        RawEndpoint(STOP, models=b"{"),
        RawEndpoint(STOP, models=b"\xff"),
    ],
    ids=range(10),
)
async def test_an_endpoint_that_is_none_fails_the_answer_in_one_attempt(
    nats_server: NatsServer, web_bus: Bus, script: RawEndpoint
) -> None:
    async with (
        running_script(script) as base_url,
        serving(create_app(ai_settings(nats_server, base_url))),
    ):
        await submit(web_bus, 7, "Hello")
        result = await take_result(web_bus)
        await until_no_job_is_left(web_bus)
    page = await shown(web_bus, 7)

    assert (result.status, result.text) == ("failed", "")
    assert result.error in {"bad_response", "cut_off", "model_missing", "not_found"}
    assert page.statuses == ["streaming", "failed"]


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
