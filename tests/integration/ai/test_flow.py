"""How much is published while an answer grows, and what cannot be published at all."""

import pytest

from deploy.local.nats_server import NatsServer
from services.ai.app import create_app
from services.shared.bus.connection import Bus
from tests.support.answers import (
    normalized,
    publications,
    shown,
    submit,
    take_result,
    until_no_job_is_left,
)
from tests.support.endpoints import running_demo
from tests.support.rendered import plain
from tests.support.scripted import RawEndpoint, chunk, running_script
from tests.support.servers import serving
from tests.support.stack import ai_settings


async def test_a_fast_answer_is_gathered_into_far_fewer_updates(
    nats_server: NatsServer, web_bus: Bus
) -> None:
    async with (
        running_demo(tokens_per_second=2000) as demo,
        serving(create_app(ai_settings(nats_server, demo.base_url))),
    ):
        await submit(web_bus, 7, "a long answer")
        result = await take_result(web_bus)
    updates = await publications(web_bus)
    page = await shown(web_bus, 7)

    assert result.completion_tokens is not None
    assert result.completion_tokens > 2500
    assert 10 < len(updates) < result.completion_tokens / 10
    assert sum(map(len, updates)) < 20 * len(result.text)
    assert page.done == normalized(plain(result.text, id_prefix="message_7"))


async def test_what_is_too_large_for_the_bus_is_had_by_a_reload_of_the_page(
    nats_server: NatsServer, web_bus: Bus
) -> None:
    """Links: each is seven times as long in HTML."""
    links = "http://a.bc\n" * 15_000
    script = RawEndpoint(chunk(links), chunk("\nThe end.\n"), chunk(finish_reason="stop"))
    async with (
        running_script(script) as base_url,
        serving(create_app(ai_settings(nats_server, base_url))),
    ):
        await submit(web_bus, 7, "Everything at once")
        result = await take_result(web_bus)
        await until_no_job_is_left(web_bus)
    page = await shown(web_bus, 7)

    assert len(plain(links).encode()) > web_bus.max_payload
    assert (result.status, result.text) == ("complete", f"{links}\nThe end.\n")
    assert (page.statuses, page.reloads) == (["streaming", "complete"], 1)


@pytest.mark.parametrize("character", ['"', "\\", "\u4e2d", "\U0001f98a", "\x01", "\n"])
async def test_the_longest_answer_fits_into_a_result_whatever_it_is_made_of(
    nats_server: NatsServer, web_bus: Bus, character: str
) -> None:
    script = RawEndpoint(*[chunk(character * 10_000)] * 30)
    async with (
        running_script(script) as base_url,
        serving(create_app(ai_settings(nats_server, base_url))),
    ):
        await submit(web_bus, 7, "As long as it may be")
        result = await take_result(web_bus)
        await until_no_job_is_left(web_bus)
    page = await shown(web_bus, 7)

    assert (result.status, result.finish_reason) == ("complete", "length")
    assert len(result.text) == 200_000
    assert page.statuses[-1] == "complete" or page.reloads == 1
