"""What comes late, twice or after an outage leaves the page as it should be."""

import asyncio
import re
from itertools import pairwise

from playwright.async_api import Route, WebSocketRoute, expect

from tests.e2e.cable import AWAY, cable_to, load_by_cable, open_by_cable
from tests.e2e.chat_page import WRITING, ChatPage, look_alike, new_chat, open_chat
from tests.support.browser import Pages
from tests.support.local_stack import LocalStack
from tests.support.waiting import until

# Without markup: its text never gets shorter while it is written, which takes until it is stopped.
WORDS = "/slow 40 /echo " + "one word more and " * 1000


async def test_a_page_that_was_cut_off_comes_back_and_has_what_it_missed(
    pages: Pages, local_stack: LocalStack
) -> None:
    pages.tolerate(AWAY)
    chat_id = await new_chat(local_stack)
    async with cable_to(local_stack) as cable:
        here, there = await open_by_cable(pages, chat_id, cable), await open_chat(pages, chat_id)
        await here.send("Count to 3")
        await here.answer_ends()
        cable.pull_out()
        await expect(here.connection).to_have_text("Reconnecting…")
        await there.send("Count to 4")
        await expect(there.answers).to_have_count(2)
        await there.answer_ends()
        await expect(here.answers).to_have_count(1)
        cable.put_back()
        await here.is_connected()
        await expect(here.answers).to_have_count(2)
        await expect(here.connection).to_be_empty()
        await look_alike(here, there)


async def test_what_happens_between_a_page_and_its_socket_is_not_missed(
    pages: Pages, local_stack: LocalStack
) -> None:
    pages.tolerate(AWAY)
    chat_id = await new_chat(local_stack)
    async with cable_to(local_stack) as cable:
        cable.pull_out()
        here, there = await load_by_cable(pages, chat_id, cable), await open_chat(pages, chat_id)
        await there.send("Count to 3")
        await there.answer_ends()
        await expect(here.questions).to_have_count(0)
        cable.put_back()
        await here.answer_ends()
        await look_alike(here, there)


async def test_a_page_that_was_closed_for_good_says_so_and_still_shows_what_it_sends(
    pages: Pages, local_stack: LocalStack
) -> None:
    page = await pages.blank()

    async def refuse(socket: WebSocketRoute) -> None:
        await socket.close(code=4500)

    await page.route_web_socket(re.compile("/ws/turbo_stream/"), refuse)
    chat = ChatPage(page, await new_chat(local_stack))
    await page.goto(f"/chat/{chat.chat_id}/message/list/")
    await expect(chat.connection).to_have_text("Disconnected. Reload the page.")
    await chat.send("Count to 3")
    await expect(chat.questions).to_have_count(1)
    await expect(chat.box).to_have_value("")
    await expect(chat.connection).to_have_text("Disconnected. Reload the page.")


async def test_an_answer_goes_on_growing_on_a_page_that_came_back(
    pages: Pages, local_stack: LocalStack
) -> None:
    pages.tolerate(AWAY)
    chat_id = await new_chat(local_stack)
    async with cable_to(local_stack) as cable:
        here, there = await open_by_cable(pages, chat_id, cable), await open_chat(pages, chat_id)
        await there.send(WORDS)
        await here.answer_begins()
        cable.pull_out()
        await here.is_cut_off()
        cable.put_back()
        await here.is_connected()
        await here.record_growth()
        await until(lambda: _has_grown(here, 3))
        await there.stop()
        for chat in (here, there):
            await chat.answer_is("stopped")
        await look_alike(here, there)


async def test_a_page_that_is_cut_off_still_sends_and_shows_what_it_sent(
    pages: Pages, local_stack: LocalStack
) -> None:
    pages.tolerate(AWAY)
    chat_id = await new_chat(local_stack)
    async with cable_to(local_stack) as cable:
        chat = await open_by_cable(pages, chat_id, cable)
        cable.pull_out()
        await chat.send("Count to 3")
        await expect(chat.questions).to_have_count(1)
        await expect(chat.box).to_have_value("")
        cable.put_back()
        await chat.answer_ends()
    fresh = await open_chat(pages, chat_id)
    await look_alike(chat, fresh)


async def test_a_late_answer_to_the_form_does_not_roll_the_message_back(
    pages: Pages, local_stack: LocalStack
) -> None:
    chat = await open_chat(pages, await new_chat(local_stack))
    may_answer = asyncio.Event()

    async def answer_late(route: Route) -> None:
        answer = await route.fetch()
        await may_answer.wait()
        await route.fulfill(response=answer)

    await chat.page.route("**/message/create/", answer_late)
    await chat.record_growth()
    await chat.send(WORDS)
    await until(lambda: _has_grown(chat, 3))
    await expect(chat.box).to_have_value(WORDS)
    may_answer.set()
    await expect(chat.box).to_have_value("")
    await chat.answer_is("streaming")
    grown = len(await chat.growth())
    await until(lambda: _has_grown(chat, grown + 3))
    await chat.stop()
    await chat.answer_is("stopped")
    assert await _never_shrank(chat)
    await expect(chat.questions).to_have_count(1)
    fresh = await open_chat(pages, chat.chat_id)
    await look_alike(chat, fresh)


async def _has_grown(chat: ChatPage, times: int) -> bool:
    return len(await chat.growth()) >= times


async def _never_shrank(chat: ChatPage) -> bool:
    seen: list[tuple[str, int]] = await chat.page.evaluate("window.growth")
    written = [length for status, length in seen if status in WRITING]
    return all(before <= after for before, after in pairwise(written))
