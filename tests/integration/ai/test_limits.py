"""How long an answer may be and may take, also where several workers write it."""

import pytest

from deploy.local.nats_server import NatsServer
from services.shared.bus.connection import Bus
from tests.integration.ai.test_stops import until_longer
from tests.integration.ai.test_worker import until_active, working
from tests.support.answers import normalized, shown, submit, take_result, until_no_job_is_left
from tests.support.endpoints import ModelServer, running_demo
from tests.support.rendered import plain
from tests.support.scripted import STOP, RawEndpoint, chunk, running_script

LONGEST = 200_000
PARAGRAPH = "A paragraph of *some* words, `code` and [a link](http://127.0.0.1/), the {}th.\n\n"


@pytest.mark.parametrize("handed_over", [1, 2])
async def test_an_answer_of_several_workers_is_cut_where_one_of_one_would_be(
    nats_server: NatsServer, web_bus: Bus, demo: ModelServer, handed_over: int
) -> None:
    whole = await demo.answer_whole("a long answer")
    async with running_demo(tokens_per_second=400) as slow:
        await submit(web_bus, 7, "a long answer")
        for number in range(handed_over):
            async with working(nats_server, slow, answer_max_chars=1500):
                await until_longer(web_bus, 300 * (number + 1))
        async with working(nats_server, slow, answer_max_chars=1500):
            result = await take_result(web_bus)
            await until_active(slow, 0)
    page = await shown(web_bus, 7)
    assert (result.status, result.finish_reason) == ("complete", "length")
    assert (result.text, result.restarted) == (whole[:1500], False)
    assert page.done == normalized(plain(result.text, id_prefix="message_7"))
    assert "length limit" in page.footer


async def test_what_is_longer_than_the_limit_already_is_neither_lost_nor_grows(
    nats_server: NatsServer, web_bus: Bus, demo: ModelServer
) -> None:
    whole = await demo.answer_whole("a long answer")
    async with working(nats_server, demo, answer_max_chars=1000):
        await submit(web_bus, 7, "a long answer", begun=whole[:1200])
        result = await take_result(web_bus)
        await until_active(demo, 0)
    assert (result.text, result.finish_reason) == (whole[:1200], "length")


async def test_an_answer_that_takes_too_long_is_ended_with_what_there_is(
    nats_server: NatsServer, web_bus: Bus
) -> None:
    text = "word after word " * 100
    async with running_demo() as demo, working(nats_server, demo, answer_seconds=1.0):
        await submit(web_bus, 7, f"/slow 50 /echo {text}")
        result = await take_result(web_bus)
        await until_active(demo, 0)
        assert (await demo.stats())["disconnected"] == 1
    page = await shown(web_bus, 7)
    assert (result.status, result.error) == ("failed", "timeout")
    assert result.text
    assert text.startswith(result.text)
    assert page.done == normalized(plain(result.text, id_prefix="message_7"))


async def test_the_longest_answer_arrives_whole(nats_server: NatsServer, web_bus: Bus) -> None:
    text = "".join(PARAGRAPH.format(number) for number in range(LONGEST))[:LONGEST]
    text = f"{text[: LONGEST - 1]}."
    parts = [chunk(text[at : at + 40]) for at in range(0, LONGEST, 40)]
    async with running_script(RawEndpoint(*parts, STOP)) as base_url:
        server = ModelServer("demo", base_url.removesuffix("/v1"), "scripted")
        async with working(nats_server, server):
            await submit(web_bus, 7, "As long as it may be")
            result = await take_result(web_bus)
            await until_no_job_is_left(web_bus)
    page = await shown(web_bus, 7)
    assert (result.status, len(result.text), result.text == text) == ("complete", LONGEST, True)
    assert (page.reloads, page.statuses) == (0, ["streaming", "complete"])
    assert page.done == normalized(plain(text, id_prefix="message_7"))
