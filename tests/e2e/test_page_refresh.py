"""A page that gets an order to refresh keeps its reader's work."""

import asyncio
import re

from playwright.async_api import Route, expect

from tests.e2e.chat_page import ChatPage, look_alike, new_chat, open_chat
from tests.e2e.publishing import publisher
from tests.e2e.refreshing import LIST, REFRESH, is_refreshed
from tests.support.browser import Pages
from tests.support.local_stack import LocalStack
from tests.support.waiting import passed, until

LONG = "/slow 5000 /echo " + "\n\n".join(f"Line {number} of it" for number in range(1, 60))
HELD_SECONDS = 3.0
GROWING = "/slow 60 /echo " + "one word more and " * 120
SCROLLER = "document.querySelector('.transcript__scroller')"


async def test_text_focus_selection_and_scroll_position_survive(
    pages: Pages, local_stack: LocalStack
) -> None:
    chat = await open_chat(pages, await new_chat(local_stack), viewport=(900, 500))
    await chat.send(LONG)
    await chat.answer_ends()
    await chat.box.press_sequentially("Not yet finished")
    await chat.box.evaluate("(box) => box.setSelectionRange(4, 7)")
    await chat.page.locator(".notice > summary").click()
    await chat.box.focus()
    await chat.page.evaluate(f"{SCROLLER}.scrollTop = 120")
    await expect(chat.page.get_by_role("button", name="Jump to newest")).to_be_visible()
    await is_refreshed(chat, local_stack)
    await expect(chat.box).to_have_value("Not yet finished")
    await expect(chat.box).to_be_focused()
    assert await chat.box.evaluate("(box) => [box.selectionStart, box.selectionEnd]") == [4, 7]
    assert await chat.page.evaluate(f"{SCROLLER}.scrollTop") == 120
    await expect(chat.page.get_by_role("button", name="Jump to newest")).to_be_visible()
    await expect(chat.page.locator(".notice")).to_have_attribute("open", "")
    await chat.is_connected()


async def test_a_form_that_is_on_its_way_arrives(pages: Pages, local_stack: LocalStack) -> None:
    chat = await open_chat(pages, await new_chat(local_stack))
    await chat.send("Count to 3")
    await chat.answer_ends()
    is_asked, may_arrive = asyncio.Event(), asyncio.Event()

    async def hold(route: Route) -> None:
        is_asked.set()
        await may_arrive.wait()
        await route.continue_()

    await chat.page.route("**/edit/", hold)
    await chat.questions.get_by_role("link", name="Edit this message").click()
    await is_asked.wait()
    await is_refreshed(chat, local_stack)
    may_arrive.set()
    await expect(chat.questions.get_by_label("Your message")).to_have_value("Count to 3")
    await is_refreshed(chat, local_stack)
    await expect(chat.questions.get_by_label("Your message")).to_be_focused()


async def test_a_click_that_is_on_its_way_is_not_lost(
    pages: Pages, local_stack: LocalStack
) -> None:
    chat = await open_chat(pages, await new_chat(local_stack))
    await chat.send("Count to 3")
    await chat.answer_ends()
    is_sent, may_arrive = asyncio.Event(), asyncio.Event()

    async def hold(route: Route) -> None:
        is_sent.set()
        await may_arrive.wait()
        await route.continue_()

    await chat.page.route("**/regenerate/", hold)
    await chat.act("Regenerate")
    await is_sent.wait()
    async with publisher(local_stack, chat.chat_id) as outside:
        await outside.stream(REFRESH)
        # What is published after it is there; the page itself would have come, too, by then.
        await outside.lines(1)
        await expect(chat.page.locator(".line")).to_have_count(1)
        await passed(HELD_SECONDS)
    may_arrive.set()
    await expect(chat.answers.last.locator(".message__version")).to_have_text("2/2")


async def test_what_only_this_page_had_is_gone_and_what_it_had_missed_is_there(
    pages: Pages, local_stack: LocalStack
) -> None:
    chat = await open_chat(pages, await new_chat(local_stack))
    await chat.send("Count to 3")
    await chat.answer_ends()
    before = await chat.list_html()
    await chat.messages.evaluate("(list) => list.replaceChildren('something else')")
    await is_refreshed(chat, local_stack)
    assert await chat.list_html() == before


async def test_an_answer_that_is_being_written_grows_on(
    pages: Pages, local_stack: LocalStack
) -> None:
    chat = await open_chat(pages, await new_chat(local_stack))
    await chat.send(GROWING)
    await chat.answer_begins()
    await chat.record_growth()
    await until(lambda: _has_grown(chat, 3))
    length = await _length(chat)
    await is_refreshed(chat, local_stack)
    await until(lambda: _is_longer_than(chat, length))
    await chat.answer_is("streaming")
    await chat.answer_ends()
    fresh = await open_chat(pages, chat.chat_id)
    await look_alike(chat, fresh)


async def test_a_new_release_of_the_page_s_script_is_loaded_with_it(
    pages: Pages, local_stack: LocalStack
) -> None:
    chat = await open_chat(pages, await new_chat(local_stack))
    await chat.box.press_sequentially("Not yet finished")
    released: list[str] = []

    async def release(route: Route) -> None:
        if route.request.resource_type == "document" or released:
            await route.fallback()
            return
        released.append(route.request.url)
        answer = await route.fetch()
        body = re.sub(r"(application-\w+\.css)", r"\1?released", await answer.text())
        await route.fulfill(response=answer, body=body)

    await chat.page.route(LIST, release)
    async with (
        chat.page.expect_event("load"),
        publisher(local_stack, chat.chat_id) as outside,
    ):
        await outside.stream(REFRESH)
    await chat.is_connected()
    await expect(chat.box).to_have_value("Not yet finished")


async def _has_grown(chat: ChatPage, times: int) -> bool:
    return len(await chat.growth()) >= times


async def _is_longer_than(chat: ChatPage, length: int) -> bool:
    return await _length(chat) > length


async def _length(chat: ChatPage) -> int:
    return int(await chat.answers.last.evaluate("(answer) => answer.textContent.length"))
