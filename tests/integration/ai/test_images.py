"""Images that stand in an answer: what they cost the bus and the pages, and how large they are."""

from base64 import b64encode

from deploy.local.nats_server import NatsServer
from services.shared.bus.connection import Bus
from services.shared.bus.messages import AnswerResult
from tests.integration.ai.test_worker import working
from tests.support.answers import (
    normalized,
    publications,
    shown,
    submit,
    take_result,
    until_no_job_is_left,
)
from tests.support.endpoints import ModelServer
from tests.support.rendered import plain
from tests.support.scripted import STOP, RawEndpoint, chunk, running_script

PNG = b"\x89PNG\r\n\x1a\n"


async def test_an_image_goes_to_the_pages_once(nats_server: NatsServer, web_bus: Bus) -> None:
    text = f"Look:\n\n![a chart](data:image/png;base64,{_base64(130_000)})\n\nThere."
    result = await _answered(nats_server, web_bus, text, answer_max_chars=200_000)
    page = await shown(web_bus, 7)
    assert (result.status, result.text == text, page.reloads) == ("complete", True, 0)
    assert page.done == normalized(plain(text, id_prefix="message_7"))
    assert sum(map(len, await publications(web_bus))) < 1.1 * len(text)


async def test_the_largest_image_is_shown_where_answers_may_be_that_long(
    nats_server: NatsServer, web_bus: Bus
) -> None:
    text = f"![a chart](data:image/png;base64,{_base64(520_000)})\n\nThere."
    result = await _answered(nats_server, web_bus, text, answer_max_chars=750_000)
    page = await shown(web_bus, 7)
    assert (result.status, result.text == text, page.reloads) == ("complete", True, 0)
    assert 'href="data:image/png;base64,' in page.done


async def test_of_an_image_that_is_larger_than_an_answer_its_words_are_shown(
    nats_server: NatsServer, web_bus: Bus
) -> None:
    text = f"Look:\n\n![a chart](data:image/png;base64,{_base64(300_000)})\n\nThere."
    result = await _answered(nats_server, web_bus, text, answer_max_chars=200_000)
    page = await shown(web_bus, 7)
    assert (result.status, result.finish_reason, len(result.text)) == (
        "complete",
        "length",
        200_000,
    )
    assert page.done.endswith(">a chart</a></p>")
    assert len(page.done) < 300
    assert "length limit" in page.footer
    assert page.done == normalized(plain(result.text, id_prefix="message_7"))
    assert sum(map(len, await publications(web_bus))) < 20_000


def _base64(size: int) -> str:
    return b64encode(PNG.ljust(size, b"x")).decode()


async def _answered(
    nats_server: NatsServer, bus: Bus, text: str, *, answer_max_chars: int
) -> AnswerResult:
    parts = [chunk(text[at : at + 2_000]) for at in range(0, len(text), 2_000)]
    async with running_script(RawEndpoint(*parts, STOP)) as base_url:
        server = ModelServer("demo", base_url.removesuffix("/v1"), "scripted")
        async with working(nats_server, server, answer_max_chars=answer_max_chars):
            await submit(bus, 7, "Draw a chart")
            result = await take_result(bus)
            await until_no_job_is_left(bus)
    return result
