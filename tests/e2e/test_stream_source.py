"""The element that keeps a page on its stream: its state, its tokens, its place in the page."""

import re

from playwright.async_api import Page, Request, Route, expect

from tests.e2e.cable import AWAY, cable_to, open_by_cable
from tests.e2e.chat_page import ChatPage, new_chat, open_chat
from tests.e2e.publishing import NATTER, publisher, run_beside
from tests.support.browser import Pages
from tests.support.local_stack import LocalStack
from tests.support.waiting import until

TOKEN = re.compile(r"/message/stream/$")
MOVE = """(source) => {
  document.body.append(source)
  document.querySelector(".header").append(source)
}"""
PUT_INTO_A_PREVIEW = """(source) => {
  document.documentElement.setAttribute("data-turbo-preview", "")
  window.preview = document.body.appendChild(source.cloneNode())
}"""
# As a link is followed in an application that leaves that to Turbo.
VISIT = """(address) => {
  window.isStillThere = true
  Turbo.visit(address)
}"""
LEAVE_THE_PREVIEW = """() => {
  preview.remove()
  document.documentElement.removeAttribute("data-turbo-preview")
}"""


async def test_the_page_says_whether_it_is_connected(pages: Pages, local_stack: LocalStack) -> None:
    pages.tolerate(AWAY)
    async with cable_to(local_stack) as cable:
        chat = await open_by_cable(pages, await new_chat(local_stack), cable)
        await expect(chat.connection).to_be_empty()
        cable.pull_out()
        await chat.is_cut_off()
        await expect(chat.connection).to_have_text("Reconnecting…")
        cable.put_back()
        await chat.is_connected()
        await expect(chat.connection).to_be_empty()


async def test_the_first_connection_has_the_page_s_token_and_every_other_one_a_fresh_one(
    pages: Pages, local_stack: LocalStack
) -> None:
    pages.tolerate(AWAY)
    async with cable_to(local_stack) as cable:
        chat = await open_by_cable(pages, await new_chat(local_stack), cable)
        fetched = _requests(chat.page, TOKEN)
        for count in (1, 2, 3):
            cable.pull_out()
            await chat.is_cut_off()
            cable.put_back()
            await chat.is_connected()
            assert len(fetched) >= count
    assert all("token" not in url for url in fetched)


async def test_a_page_that_loads_needs_no_request_for_its_token(
    pages: Pages, local_stack: LocalStack
) -> None:
    page = await pages.blank()
    fetched = _requests(page, TOKEN)
    chat = ChatPage(page, await new_chat(local_stack))
    await page.goto(f"/chat/{chat.chat_id}/message/list/")
    await chat.is_connected()
    assert fetched == []


async def test_who_is_kicked_comes_back_and_who_is_revoked_does_not(
    pages: Pages, local_stack: LocalStack
) -> None:
    chat_id = await new_chat(local_stack)
    chat, other = (
        await open_chat(pages, chat_id),
        await open_chat(pages, await new_chat(local_stack)),
    )
    fetched = _requests(chat.page, TOKEN)
    await _kick(local_stack, "--group", f"chat_{chat_id}")
    await until(lambda: _has(fetched, 1))
    await chat.is_connected()
    async with publisher(local_stack, chat_id) as outside:
        await outside.lines(3)
    await chat.has_lines(3)
    await _kick(local_stack, "--group", f"chat_{chat_id}", "--revoke")
    await expect(chat.connection).to_have_text("Disconnected. Reload the page.")
    await chat.is_cut_off()
    await other.is_connected()


async def test_a_page_is_over_when_the_server_refuses_it_a_token_and_not_when_a_proxy_does(
    pages: Pages, local_stack: LocalStack
) -> None:
    pages.tolerate(AWAY)
    pages.tolerate(r"status of 404")
    refused: list[str] = []

    async def refuse(route: Route) -> None:
        refused.append(route.request.url)
        await route.fulfill(status=404, content_type="text/plain", body="404 page not found")

    async with cable_to(local_stack) as cable:
        chat = await open_by_cable(pages, await new_chat(local_stack), cable)
        await chat.page.route(TOKEN, refuse, times=2)
        cable.pull_out()
        await until(lambda: _has(refused, 2))
        cable.put_back()
        await chat.is_connected()
        await chat.page.route(TOKEN, _ask_for_an_unknown_chat)
        cable.pull_out()
        await expect(chat.connection).to_have_text("Disconnected. Reload the page.")


async def test_an_element_that_is_moved_keeps_its_connection_and_loses_nothing(
    pages: Pages, local_stack: LocalStack
) -> None:
    page, opened = await pages.blank(), list[str]()
    page.on("websocket", lambda socket: opened.append(socket.url))
    chat = ChatPage(page, await new_chat(local_stack))
    await page.goto(f"/chat/{chat.chat_id}/message/list/")
    await chat.is_connected()
    async with publisher(local_stack, chat.chat_id) as outside:
        for _ in range(5):
            await chat.source.evaluate(MOVE)
            await outside.lines(5)
    await chat.has_lines(25)
    assert len([url for url in opened if f"/chat_{chat.chat_id}/" in url]) == 1


async def test_an_element_in_a_preview_connects_to_nothing(
    pages: Pages, local_stack: LocalStack
) -> None:
    chat = await open_chat(pages, await new_chat(local_stack))
    opened: list[str] = []
    chat.page.on("websocket", lambda socket: opened.append(socket.url))
    await chat.source.evaluate(PUT_INTO_A_PREVIEW)
    await chat.page.evaluate(LEAVE_THE_PREVIEW)
    async with publisher(local_stack, chat.chat_id) as outside:
        await outside.lines(3)
    await chat.has_lines(3)
    assert opened == []


async def test_a_page_that_turbo_restores_says_whether_it_is_connected_and_shows_everything_once(
    pages: Pages, local_stack: LocalStack
) -> None:
    pages.tolerate(AWAY)
    async with cable_to(local_stack) as cable:
        chat = await open_by_cable(pages, await new_chat(local_stack), cable)
        async with publisher(local_stack, chat.chat_id) as outside:
            await outside.lines(5)
            await chat.has_lines(5)
            elsewhere = ChatPage(chat.page, await new_chat(local_stack))
            await chat.page.evaluate(VISIT, f"/chat/{elsewhere.chat_id}/message/list/")
            await expect(elsewhere.messages).to_be_attached()
            await elsewhere.is_connected()
            cable.pull_out()
            await outside.lines(5)
            await chat.page.go_back()
            await chat.has_lines(5)
            await chat.is_cut_off()
            cable.put_back()
            await chat.is_connected()
            await chat.has_lines(10)
    assert await chat.page.evaluate("window.isStillThere")


async def test_an_element_that_is_taken_away_hears_nothing_more(
    pages: Pages, local_stack: LocalStack
) -> None:
    page = await pages.blank()
    chat = ChatPage(page, await new_chat(local_stack))
    async with page.expect_websocket() as opening:
        await page.goto(f"/chat/{chat.chat_id}/message/list/")
    await chat.is_connected()
    socket = await opening.value
    await chat.source.evaluate("(source) => source.remove()")

    async def is_closed() -> bool:
        return socket.is_closed()

    await until(is_closed)


async def _ask_for_an_unknown_chat(route: Route) -> None:
    answer = await route.fetch(url=re.sub(r"/chat/[0-9]+/", "/chat/999999/", route.request.url))
    await route.fulfill(response=answer)


def _requests(page: Page, pattern: re.Pattern[str]) -> list[str]:
    urls: list[str] = []

    def note(request: Request) -> None:
        if pattern.search(request.url):
            urls.append(request.url)

    page.on("request", note)
    return urls


async def _has(urls: list[str], count: int) -> bool:
    return len(urls) >= count


async def _kick(stack: LocalStack, *arguments: str) -> None:
    status, said = await run_beside(stack, str(NATTER), "kick", *arguments)
    assert status == 0, said
