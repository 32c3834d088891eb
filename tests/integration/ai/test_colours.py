"""The colours of an answer's code: they come behind the text, or never, and hold nothing up."""

import asyncio
from functools import partial

import httpx2
import pytest

from deploy.local.nats_server import NatsServer
from services.ai import lifespan
from services.ai.app import create_app
from services.shared.bus.connection import Bus
from services.shared.highlighting.highlighter import Highlighter
from tests.support.answers import normalized, publications, shown, submit, take_result
from tests.support.endpoints import ModelServer
from tests.support.hanging_code import HANGING_ANSWER
from tests.support.highlighting import LONG_SECONDS
from tests.support.rendered import coloured, plain
from tests.support.servers import serving
from tests.support.sockets import measured
from tests.support.stack import ai_settings

CODE = "First\n\n```py\nx = 1\n```\n\n- a\n\n  ```js\n  let y = 2\n  ```\n\nLast\n"


@pytest.fixture
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait for colours however busy the machine is."""
    patient = partial(Highlighter, budget_seconds=LONG_SECONDS)
    monkeypatch.setattr(lifespan, "Highlighter", patient)


@pytest.mark.usefixtures("patience")
@pytest.mark.parametrize("flush_bytes", [1, 100_000])
async def test_code_has_its_colours_when_the_answer_has_ended(
    nats_server: NatsServer, web_bus: Bus, demo: ModelServer, flush_bytes: int
) -> None:
    settings = ai_settings(nats_server, demo.base_url, flush_ms=0, flush_bytes=flush_bytes)
    async with serving(create_app(settings)):
        await submit(web_bus, 7, demo.question_for(CODE))
        await take_result(web_bus)
    page = await shown(web_bus, 7)

    assert page.coloured == normalized(coloured(CODE, id_prefix="message_7"))
    assert page.document.missing.total() == 0


@pytest.mark.usefixtures("patience")
async def test_code_that_an_earlier_worker_has_written_is_coloured_by_the_next(
    nats_server: NatsServer, web_bus: Bus, demo: ModelServer
) -> None:
    async with serving(create_app(ai_settings(nats_server, demo.base_url))):
        await submit(web_bus, 7, demo.question_for(f"{CODE}More."), begun=CODE)
        await take_result(web_bus)
    page = await shown(web_bus, 7)

    assert '<span class="mi">1</span>' in page.coloured
    assert '<span class="mf">2</span>' in page.coloured


@pytest.mark.usefixtures("patience")
async def test_code_that_hangs_its_lexer_holds_up_neither_the_answer_nor_the_service(
    nats_server: NatsServer, web_bus: Bus, demo: ModelServer
) -> None:
    """The service and this test share their loop: were it held up, nothing here would go on."""
    async with (
        serving(create_app(ai_settings(nats_server, demo.base_url))) as address,
        httpx2.AsyncClient(base_url=f"http://{address}") as client,
        asyncio.timeout(LONG_SECONDS),
    ):
        await submit(web_bus, 7, demo.question_for(HANGING_ANSWER))
        result = await take_result(web_bus)
        assert (await client.get("/live")).status_code == 200
        assert await measured(address, "natter_code_highlighted_total", outcome="too_costly") >= 1
    page = await shown(web_bus, 7)

    assert result.text == HANGING_ANSWER
    assert result.status == "complete"
    assert page.done == normalized(plain(HANGING_ANSWER, id_prefix="message_7"))


async def test_text_waits_for_no_colours(
    nats_server: NatsServer, web_bus: Bus, demo: ModelServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Colours never come here, and the answer would wait for them at its end: for an hour."""

    async def run(_highlighter: Highlighter) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(Highlighter, "run", run)
    endless = partial(Highlighter, budget_seconds=3600)
    monkeypatch.setattr(lifespan, "Highlighter", endless)
    async with serving(create_app(ai_settings(nats_server, demo.base_url))):
        await submit(web_bus, 7, demo.question_for(CODE))
        page = await shown(web_bus, 7)
        while "Last" not in page.done:
            await asyncio.sleep(0.05)
            page = await shown(web_bus, 7)

    assert page.done == normalized(plain(CODE, id_prefix="message_7"))
    assert await publications(web_bus)
