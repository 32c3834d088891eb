"""The list of chats changes on every open page as it happens, and loads as it is reached."""

import asyncio
import re

import asyncpg
import httpx2
from playwright.async_api import Route, expect

from tests.e2e.chat_page import ChatPage, new_chat, open_chat, say, told_chat
from tests.e2e.sidebar import Sidebar
from tests.support.browser import Pages
from tests.support.http import http_client
from tests.support.local_stack import LocalStack
from tests.support.waiting import until

NO_SOCKET = """
window.WebSocket = class extends EventTarget {
  constructor() {
    super()
    setTimeout(() => this.dispatchEvent(new CloseEvent("close", { code: 1006 })), 0)
  }
  close() {}
}
window.opened = []
const Source = window.EventSource
window.EventSource = class extends Source {
  constructor(url, ...rest) {
    super(url, ...rest)
    window.opened.push(String(url))
  }
}
"""
POLL_MS = 31_000


STORE_OLD_CHATS = """
INSERT INTO chats (account_id, title, active_at)
SELECT accounts.id, 'Old ' || days, now() - make_interval(days => 40 + days)
FROM accounts, generate_series(1, $1) AS days ORDER BY days RETURNING id
"""


async def store_old_chats(stack: LocalStack, count: int) -> int:
    """Store chats that were last active some weeks ago; return the id of the oldest."""
    db = await asyncpg.connect(stack.environment_of("web")["DATABASE_URL"])
    try:
        ids = await db.fetch(STORE_OLD_CHATS, count)
    finally:
        await db.close()
    return int(ids[-1]["id"])


async def post(stack: LocalStack, path: str, **fields: str) -> httpx2.Response:
    """Send a form without a browser."""
    async with http_client(stack.url) as client:
        return await client.post(path, data=fields)


async def test_a_chat_appears_moves_and_is_renamed_on_another_page(
    pages: Pages, local_stack: LocalStack
) -> None:
    watched = await told_chat(local_stack, "Count to 2")
    page = await open_chat(pages, watched)
    sidebar = Sidebar(page.page)
    await sidebar.is_live()
    begun = await new_chat(local_stack)
    await expect(sidebar.row(begun)).to_have_count(0)
    await say(local_stack, begun, "/slow 100 Plans for the harbour")
    await expect(sidebar.rows("today").first).to_contain_text("Plans for the harbour")
    await expect(sidebar.row(begun).locator(".answering")).to_be_attached()
    await expect(sidebar.row(begun).locator(".unread")).to_be_attached()
    await say(local_stack, watched, "Count to 3")
    first = page.page.locator("#chats-today-list > li").first
    await expect(first).to_have_id(f"chat_{watched}_row")
    await expect(sidebar.link(watched)).to_have_attribute("aria-current", "page")
    await expect(sidebar.row(watched)).to_have_count(1)
    await post(local_stack, f"/chat/{watched}/rename/", title="<b>Harbour</b>")
    await expect(sidebar.title(watched)).to_have_text("<b>Harbour</b>")
    await expect(page.page.locator(f"#chat-{watched}-heading")).to_have_text("<b>Harbour</b>")
    await expect(page.page).to_have_title("<b>Harbour</b> · Natter")
    await post(local_stack, f"/chat/{begun}/delete/")
    await expect(sidebar.row(begun)).to_have_count(0)


async def test_what_is_seen_is_not_unread_on_any_page(
    pages: Pages, local_stack: LocalStack
) -> None:
    chat_id, other_id = [await told_chat(local_stack, "Count to 2") for _ in range(2)]
    chat, other = await open_chat(pages, chat_id), await open_chat(pages, other_id)
    elsewhere = Sidebar(other.page)
    await elsewhere.is_live()
    await Sidebar(chat.page).is_live()
    async with chat.page.expect_response(re.compile(r"/seen/$")):
        await chat.send("Count to 4")
    await chat.answer_ends()
    await expect(elsewhere.row(chat_id).locator(".answering, .unread")).to_have_count(0)
    await chat.page.close()
    await say(local_stack, chat_id, "Count to 5")
    await expect(elsewhere.row(chat_id).locator(".unread")).to_be_attached()
    await open_chat(pages, chat_id)
    await expect(elsewhere.row(chat_id).locator(".unread")).to_have_count(0)


async def test_the_order_waits_while_the_list_is_in_use(
    pages: Pages, local_stack: LocalStack
) -> None:
    later = await told_chat(local_stack, "Later")
    used = await told_chat(local_stack, "Used")
    chat = await open_chat(pages, used)
    sidebar = Sidebar(chat.page)
    await sidebar.is_live()
    first = chat.page.locator("#chats-today-list > li").first
    await sidebar.link(used).focus()
    await say(local_stack, later, "/slow 100 More")
    await expect(sidebar.row(later).locator(".answering")).to_be_attached()
    await expect(first).to_have_id(f"chat_{used}_row")
    await expect(sidebar.link(used)).to_be_focused()
    await chat.box.focus()
    await expect(first).to_have_id(f"chat_{later}_row")


async def test_a_refresh_of_the_page_leaves_the_list_as_it_is(
    pages: Pages, local_stack: LocalStack
) -> None:
    for number in range(70):
        await told_chat(local_stack, f"Chat {number}")
    chat_id = await told_chat(local_stack, "Count to 2")
    chat = await open_chat(pages, chat_id)
    sidebar = Sidebar(chat.page)
    rows = chat.page.locator(".chat-group .chat-row")
    await expect(rows).to_have_count(40)
    await chat.page.locator("#chats-next").scroll_into_view_if_needed()
    await expect(rows.nth(70)).to_be_attached()
    count = await rows.count()
    assert count > 40
    ids = await rows.evaluate_all("(rows) => rows.map((row) => row.id)")
    assert len(set(ids)) == count
    await sidebar.open_menu(chat_id)
    await chat.page.evaluate(
        """() => {
          const order = document.createElement("turbo-stream")
          order.setAttribute("action", "refresh")
          document.body.append(order)
        }"""
    )
    async with chat.page.expect_response(re.compile(r"/message/list/(\?|$)")):
        pass
    await expect(sidebar.menu).to_be_visible()
    await chat.page.keyboard.press("Escape")
    await expect(sidebar.more(chat_id)).to_be_focused()
    assert await rows.count() >= count


async def test_chats_of_months_ago_are_reached_after_the_list_was_read_again(
    pages: Pages, local_stack: LocalStack
) -> None:
    chat = await told_chat(local_stack, "Count to 2")
    oldest = await store_old_chats(local_stack, 60)
    page = (await open_chat(pages, chat)).page
    sidebar = Sidebar(page)
    await sidebar.is_live()
    async with page.expect_response(re.compile(r"/chat/list/\?rows=")):
        await post(local_stack, f"/chat/{chat}/archive/")
        await post(local_stack, f"/chat/{chat}/unarchive/")
    row = page.locator("#chats-older-list").locator(sidebar.row(oldest))

    async def is_reached() -> bool:
        # A part that has come takes its gap away, so the page finds and scrolls in one step.
        await page.evaluate("document.querySelector('#chats-next')?.scrollIntoView()")
        return await row.count() == 1

    await until(is_reached)


async def test_a_list_that_comes_late_takes_back_nothing_that_came_live(
    pages: Pages, local_stack: LocalStack
) -> None:
    restored = await told_chat(local_stack, "Restored")
    renamed = await told_chat(local_stack, "Count to 2")
    begun = await new_chat(local_stack)
    page = (await open_chat(pages, renamed)).page
    sidebar = Sidebar(page)
    await sidebar.is_live()
    asked, answered = asyncio.Event(), asyncio.Event()

    async def late(route: Route) -> None:
        response = await route.fetch()
        asked.set()
        await answered.wait()
        await route.fulfill(response=response)

    await page.route(re.compile(r"/chat/list/\?rows="), late)
    await post(local_stack, f"/chat/{restored}/delete/")
    await post(local_stack, f"/chat/{restored}/restore/")
    await asyncio.wait_for(asked.wait(), 10)
    await say(local_stack, begun, "Just begun")
    await post(local_stack, f"/chat/{renamed}/rename/", title="Harbour")
    await expect(sidebar.row(begun)).to_be_attached()
    await expect(sidebar.title(renamed)).to_have_text("Harbour")
    answered.set()
    await expect(sidebar.row(restored)).to_be_attached()
    await expect(sidebar.row(begun)).to_be_attached()
    await expect(sidebar.title(renamed)).to_have_text("Harbour")


async def test_without_a_websocket_the_list_is_asked_for_and_no_event_stream_opened_for_it(
    pages: Pages, local_stack: LocalStack
) -> None:
    chat_id = await told_chat(local_stack, "Count to 2")
    page = await pages.blank()
    await page.clock.install()
    await page.add_init_script(NO_SOCKET)
    await page.goto(f"/chat/{chat_id}/message/list/")
    chat = ChatPage(page, chat_id)
    sidebar = Sidebar(page)
    await expect(page.locator("#account-source")).not_to_have_attribute("connected", "")
    begun = await told_chat(local_stack, "From elsewhere")
    for _ in range(3):
        await page.clock.run_for(POLL_MS)
        if await sidebar.row(begun).count():
            break
    await expect(sidebar.row(begun)).to_have_count(1)
    await chat.is_connected()
    opened = await page.evaluate("window.opened")
    assert opened
    assert all("/chat_" in url for url in opened), opened


async def test_what_came_while_a_menu_was_open_is_listed_once_it_is_closed(
    pages: Pages, local_stack: LocalStack
) -> None:
    chat = await open_chat(pages, await told_chat(local_stack, "Count to 2"))
    sidebar = Sidebar(chat.page)
    await sidebar.is_live()
    await chat.page.locator(".header__more").click()
    await expect(sidebar.menu.locator(".menu__item").first).to_be_focused()
    begun = await told_chat(local_stack, "Count to 3")
    await chat.is_true("document.querySelector('#account-source').hasAttribute('connected')")
    await chat.page.wait_for_timeout(500)
    await expect(sidebar.row(begun)).to_have_count(0)
    await chat.page.keyboard.press("Escape")
    await expect(sidebar.row(begun)).to_have_count(1)
