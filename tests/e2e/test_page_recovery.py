"""A page that loads itself again ends with what every other page shows, whatever comes between."""

import pytest
from playwright.async_api import Route, expect

from tests.e2e.cable import AWAY, cable_to, open_by_cable
from tests.e2e.chat_page import ChatPage, look_alike, new_chat, open_chat
from tests.e2e.publishing import publisher
from tests.e2e.refreshing import COUNT_MORPHS, LIST, REFRESH, is_refreshed
from tests.support.browser import Pages
from tests.support.local_stack import LocalStack
from tests.support.waiting import until

# After the page has been read, before its script runs.
FORGET_THE_PLACE = """
  document.addEventListener("readystatechange", () => {
    document.querySelector("#chat-source").setAttribute("since", "00000000.1")
    document.querySelector("[role=log]").setAttribute("data-old", "")
  }, { once: true })
"""


async def test_nothing_that_is_published_meanwhile_is_missed(
    pages: Pages, local_stack: LocalStack
) -> None:
    chat_id = await new_chat(local_stack)
    chat = await open_chat(pages, chat_id)
    await chat.page.evaluate(COUNT_MORPHS)
    held: list[Route] = []

    async def hold(route: Route) -> None:
        held.append(route)

    await chat.page.route(LIST, hold, times=1)
    async with publisher(local_stack, chat_id) as outside:
        await outside.stream(REFRESH)
        await until(lambda: _is_there(held))
        answer = await held[0].fetch()
        await chat.send("Count to 3")
        await chat.answer_ends()
        await held[0].fulfill(response=answer)
        await chat.is_true("morphs > 0")
    await expect(chat.answers).to_have_count(1)
    await chat.answer_ends()
    fresh = await open_chat(pages, chat_id)
    await look_alike(chat, fresh)


@pytest.mark.parametrize("fault", ["503", "404", "no answer"])
async def test_a_server_that_is_away_costs_the_page_nothing(
    pages: Pages, local_stack: LocalStack, fault: str
) -> None:
    pages.tolerate(r"status of (503|404)|ERR_CONNECTION_FAILED")
    chat = await open_chat(pages, await new_chat(local_stack))
    await chat.send("Count to 3")
    await chat.answer_ends()
    await chat.box.fill("Not yet finished")
    failed: list[str] = []

    async def fail(route: Route) -> None:
        failed.append(route.request.url)
        if fault.isdecimal():
            await route.fulfill(status=int(fault), content_type="text/html", body="<h1>Away</h1>")
        else:
            await route.abort("connectionfailed")

    await chat.page.route(LIST, fail, times=2)
    await is_refreshed(chat, local_stack)
    assert len(failed) == 2
    await expect(chat.answers).to_have_count(1)
    await expect(chat.box).to_have_value("Not yet finished")


async def test_a_page_whose_place_is_unknown_loads_itself_again_and_goes_on(
    pages: Pages, local_stack: LocalStack
) -> None:
    page = await pages.blank()
    chat = ChatPage(page, await new_chat(local_stack))

    await page.add_init_script(FORGET_THE_PLACE)
    await page.goto(f"/chat/{chat.chat_id}/message/list/")
    await expect(chat.messages).not_to_have_attribute("data-old", "")
    await chat.is_connected()
    async with publisher(local_stack, chat.chat_id) as outside:
        await outside.lines(5)
    await chat.has_lines(5)


async def test_a_page_that_comes_back_without_its_place_is_whole_again(
    pages: Pages, local_stack: LocalStack
) -> None:
    pages.tolerate(AWAY)
    chat_id = await new_chat(local_stack)
    async with cable_to(local_stack) as cable:
        chat = await open_by_cable(pages, chat_id, cable)
        other = await open_chat(pages, chat_id)
        cable.pull_out()
        await chat.is_cut_off()
        await other.send("Count to 3")
        await other.answer_ends()
        # As after a night: what was missed is kept no longer.
        await chat.source.evaluate("(source) => source.setAttribute('since', '00000000.1')")
        cable.put_back()
        await chat.is_connected()
        await expect(chat.answers).to_have_count(1)
        await look_alike(chat, other)


async def _is_there(held: list[Route]) -> bool:
    return bool(held)
