"""A telephone's screen shows the same chat."""

import re

from playwright.async_api import Page, expect

from tests.e2e.chat_page import ChatPage, new_chat, open_chat, told_chat
from tests.support.browser import Pages
from tests.support.local_stack import LocalStack

TELEPHONE = (360, 640)
UNBREAKABLE = "x" * 200
WIDE = (
    f"`{UNBREAKABLE}`",
    f"```\n{UNBREAKABLE} {UNBREAKABLE}\n```",
    f"https://example.org/{UNBREAKABLE}",
    f"![{UNBREAKABLE}](https://example.org/x.png)",
    f"Within a line $\\text{{{UNBREAKABLE}}}$",
    "> " * 30 + "quoted",
    "- " * 30 + "listed",
    "| " + " | ".join(f"column {number}" for number in range(20)) + " |\n" + "|---" * 20 + "|",
)
HOW_MUCH_WIDER = "document.scrollingElement.scrollWidth - innerWidth"


async def test_the_sidebar_is_a_drawer(pages: Pages, local_stack: LocalStack) -> None:
    first, second = await told_chat(local_stack, "Hello"), await new_chat(local_stack)
    chat = await open_chat(pages, second, viewport=TELEPHONE)
    await _drawer_leads_to(chat.page, first)
    await expect(chat.page.locator("#sidebar")).to_be_hidden()


async def test_the_drawer_needs_no_javascript(pages: Pages, local_stack: LocalStack) -> None:
    first, second = await told_chat(local_stack, "Hello"), await new_chat(local_stack)
    page = await pages.open(f"/chat/{second}/message/list/", javascript=False, viewport=TELEPHONE)
    await _drawer_leads_to(page, first)


async def test_nothing_is_wider_than_the_screen(pages: Pages, local_stack: LocalStack) -> None:
    chat = await open_chat(pages, await new_chat(local_stack), viewport=TELEPHONE)
    scroller = chat.page.get_by_role("region", name="Conversation")
    for number, wide in enumerate(WIDE, 1):
        await chat.send(f"/slow 5000 /echo {wide}")
        await expect(chat.answers).to_have_count(number)
        await chat.answer_ends()
        assert await chat.page.evaluate(HOW_MUCH_WIDER) <= 0
        assert await scroller.evaluate("(it) => it.scrollWidth - it.clientWidth") <= 0
        await _fits(chat)


async def _drawer_leads_to(page: Page, chat_id: int) -> None:
    sidebar = page.locator("#sidebar")
    await expect(sidebar).to_be_hidden()
    await page.get_by_role("button", name="Chats").click()
    await expect(sidebar).to_be_visible()
    await page.get_by_role("button", name="Close").click()
    await expect(sidebar).to_be_hidden()
    await page.get_by_role("button", name="Chats").click()
    await page.locator(f"#chat-{chat_id}-title").click()
    await expect(page).to_have_url(re.compile(f"/chat/{chat_id}/message/list/$"))


async def _fits(chat: ChatPage) -> None:
    for part in (chat.box, chat.page.get_by_role("button", name="Send"), chat.answers.last):
        box = await part.bounding_box()
        assert box
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= TELEPHONE[0]
