"""Turbo Streams are rendered as they arrive, in order, also by a tab that is hidden midway."""

from playwright.async_api import expect

from tests.e2e.chat_page import ChatPage, look_alike, new_chat, open_chat
from tests.e2e.publishing import Publisher, publisher
from tests.support.browser import Pages
from tests.support.local_stack import LocalStack

# A hidden tab gets no animation frames; what waited for one goes on waiting until the tab is seen.
HIDING = """() => {
  const native = window.requestAnimationFrame.bind(window)
  const waiting = []
  let isHidden = false
  const state = () => (isHidden ? "hidden" : "visible")
  Object.defineProperty(document, "visibilityState", { get: state })
  window.requestAnimationFrame = (callback) =>
    window.isSlow || isHidden ? waiting.push(callback) : native(callback)
  window.hide = () => {
    isHidden = true
    document.dispatchEvent(new Event("visibilitychange"))
  }
  window.seen = () => {
    isHidden = window.isSlow = false
    document.dispatchEvent(new Event("visibilitychange"))
    waiting.splice(0).forEach((callback) => native(callback))
  }
}"""
ARRIVED = """() => {
  window.arrived ??= 0
  document.addEventListener("turbo:before-stream-render", () => (window.arrived += 1))
}"""


async def test_what_arrives_while_the_tab_is_being_hidden_stays_in_order(
    pages: Pages, local_stack: LocalStack
) -> None:
    chat = await _page_that_can_hide(pages, local_stack)
    async with publisher(local_stack, chat.chat_id) as outside:
        await _arrive_unrendered(chat, outside, 3)
        await chat.page.evaluate("hide()")
        await outside.lines(3)
        await chat.has_lines(6)
        await chat.page.evaluate("seen()")
        await outside.lines(3)
        await chat.has_lines(9)


async def test_what_arrives_while_the_tab_is_being_seen_again_stays_in_order(
    pages: Pages, local_stack: LocalStack
) -> None:
    chat = await _page_that_can_hide(pages, local_stack)
    async with publisher(local_stack, chat.chat_id) as outside:
        await chat.page.evaluate("hide()")
        await outside.lines(20)
        await chat.page.evaluate("seen()")
        await outside.lines(20)
        await chat.has_lines(40)


async def test_an_answer_is_the_same_on_a_page_that_is_hidden_and_seen_while_it_grows(
    pages: Pages, local_stack: LocalStack
) -> None:
    chat = await _page_that_can_hide(pages, local_stack)
    await chat.send("/slow 60 What can you show me?")
    await chat.answer_begins()
    for _ in range(5):
        await chat.page.evaluate("hide()")
        await chat.page.wait_for_timeout(100)
        await chat.page.evaluate("seen()")
        await chat.page.wait_for_timeout(100)
    await chat.answer_ends()
    fresh = await open_chat(pages, chat.chat_id)
    await look_alike(chat, fresh)


async def test_a_stream_that_cannot_be_rendered_holds_up_nothing(
    pages: Pages, local_stack: LocalStack
) -> None:
    pages.tolerate(r"unknown action|first child element must be")
    chat = await _page_that_can_hide(pages, local_stack)
    async with publisher(local_stack, chat.chat_id) as outside:
        await outside.lines(2)
        await outside.stream('action="confetti" target="message-content"')
        await outside.stream(f'action="update" target="chat-{chat.chat_id}-heading"', "New name")
        await outside.lines(2)
    await chat.has_lines(4)
    await expect(chat.page.locator(f"#chat-{chat.chat_id}-heading")).to_have_text("New name")


async def _page_that_can_hide(pages: Pages, stack: LocalStack) -> ChatPage:
    page = await pages.blank()
    await page.add_init_script(f"({HIDING})()")
    chat = ChatPage(page, await new_chat(stack))
    await page.goto(f"/chat/{chat.chat_id}/message/list/")
    await chat.is_connected()
    return chat


async def _arrive_unrendered(chat: ChatPage, outside: Publisher, count: int) -> None:
    await chat.page.evaluate(ARRIVED)
    await chat.page.evaluate("window.isSlow = true")
    await outside.lines(count)
    await chat.is_true(f"arrived === {count}")
