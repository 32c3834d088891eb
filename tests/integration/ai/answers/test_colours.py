"""The colours of an answer's code: they come after the text, or never, and delay nothing."""

import asyncio
from functools import partial

import httpx2
import pytest

from services.ai import lifespan
from services.ai.app import create_app
from services.shared.highlighting.highlighter import Highlighter
from tests.integration.ai.workers import Workers, fresh
from tests.support.answers import normalized, publications, shown, submit
from tests.support.endpoints import ModelServer
from tests.support.hanging_code import HANGING_ANSWER
from tests.support.highlighting import LONG_SECONDS
from tests.support.rendered import coloured
from tests.support.servers import serving
from tests.support.sockets import measured
from tests.support.stack import ai_settings

CODE = "First\n\n```py\nx = 1\n```\n\n- a\n\n  ```js\n  let y = 2\n  ```\n\nLast\n"


@pytest.fixture
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait for colours even where the machine is busy."""
    patient = partial(Highlighter, budget_seconds=LONG_SECONDS, answer_seconds=LONG_SECONDS)
    monkeypatch.setattr(lifespan, "Highlighter", patient)


@pytest.mark.usefixtures("patience")
async def test_code_has_its_colours_when_the_answer_has_ended(
    workers: Workers, demo: ModelServer
) -> None:
    for number, flush_bytes in enumerate((1, 100_000), start=1):
        async with workers.working(demo, flush_ms=0, flush_bytes=flush_bytes):
            _, page = await workers.answered(demo.question_for(CODE), message_id=number)
        assert page.coloured == normalized(coloured(CODE, id_prefix=f"message_{number}"))
        own = f"message_{number}"
        assert not [name for name in page.document.missing if name.startswith(own)]


@pytest.mark.usefixtures("patience")
async def test_code_of_an_earlier_worker_is_coloured_by_the_next(
    workers: Workers, demo: ModelServer
) -> None:
    async with workers.working(demo):
        _, page = await workers.answered(demo.question_for(f"{CODE}More."), begun=CODE)

    assert '<span class="mi">1</span>' in page.coloured
    assert '<span class="mf">2</span>' in page.coloured


@pytest.mark.usefixtures("patience")
async def test_code_that_hangs_its_lexer_delays_neither_the_answer_nor_the_service(
    workers: Workers, demo: ModelServer
) -> None:
    """The service and this test share their event loop: if it were blocked, the test would be."""
    async with (
        serving(create_app(ai_settings(workers.nats, demo.base_url))) as address,
        httpx2.AsyncClient(base_url=f"http://{address}") as client,
        asyncio.timeout(LONG_SECONDS),
    ):
        result, page = await workers.answered(demo.question_for(HANGING_ANSWER))
        assert (await client.get("/live")).status_code == 200
        assert await measured(address, "natter_code_highlighted_total", outcome="too_costly") >= 1

    assert result.text == HANGING_ANSWER
    assert result.status == "complete"
    assert page.done == fresh(HANGING_ANSWER)


async def test_text_does_not_wait_for_colours(
    workers: Workers, demo: ModelServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Colours never come here, and at its end the answer would wait for them for an hour."""

    async def run(_highlighter: Highlighter) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(Highlighter, "run", run)
    endless = partial(Highlighter, budget_seconds=3600)
    monkeypatch.setattr(lifespan, "Highlighter", endless)
    async with workers.working(demo):
        await submit(workers.bus, 7, demo.question_for(CODE))
        page = await shown(workers.bus, 7)
        while "Last" not in page.done:
            await asyncio.sleep(0.05)
            page = await shown(workers.bus, 7)

    assert page.done == fresh(CODE)
    assert await publications(workers.bus)
