"""The colours of code on a page: whoever opens it waits a second for them, and no longer."""

import asyncio

from tests.integration.web.natter import Natter, logged
from tests.integration.web.pages import ask, list_path, new_chat
from tests.support.hanging_code import HANGING, HANGING_ANSWER
from tests.support.highlighting import LONG_SECONDS
from tests.support.nats import nats_server
from tests.support.postgres import database_url
from tests.support.rendered import plain, without_colours
from tests.support.stack import Web, web
from tests.support.waiting import until

# These hang the lexers of the service.
__all__ = ["database_url", "nats_server", "web"]

CODE = "```py\nx = 1\n```\n"
ONE = '<span class="mi">1</span>'


async def test_an_answers_code_has_its_colours(natter: Natter, web: Web) -> None:
    chat = await new_chat(web)
    answer = await ask(web, chat)
    await natter.end(answer, text=CODE)
    assert ONE in await _page(web, chat, with_text=ONE)


async def test_the_code_of_an_answer_that_goes_on_has_its_colours(natter: Natter, web: Web) -> None:
    chat = await new_chat(web)
    answer = await ask(web, chat)
    await natter.write_log(answer, logged(f"{CODE}\nAnd"))
    assert "And" in await _page(web, chat, with_text=ONE)


async def test_a_page_whose_code_hangs_its_lexers_opens_and_others_do_meanwhile(
    natter: Natter, web: Web
) -> None:
    """The service and this test share their loop: were it held up, nothing here would go on."""
    chat = await new_chat(web)
    answers = [await ask(web, chat, f"Number {number}") for number in range(2)]
    console = f"```console\n{HANGING['console']}```\n"
    for answer, text in zip(answers, (HANGING_ANSWER, console), strict=True):
        await natter.end(answer, text=text)
    async with asyncio.timeout(LONG_SECONDS), asyncio.TaskGroup() as tasks:
        opening = tasks.create_task(web.client.get(list_path(chat)))
        seen = 0
        while not opening.done():
            seen += (await web.client.get("/live")).status_code == 200
    page = without_colours(opening.result().text)
    for answer, text in zip(answers, (HANGING_ANSWER, console), strict=True):
        assert plain(text, id_prefix=f"message_{answer}") in page
    assert seen


async def _page(web: Web, chat: int, *, with_text: str) -> str:
    """Open a page, again where a busy machine was too slow for its colours."""

    async def has_it() -> str | None:
        page = (await web.client.get(list_path(chat))).text
        return page if with_text in page else None

    return await until(has_it) or ""
