"""What stands below a message: copy, versions, and a menu that leads to a fork."""

import re

import pytest
from playwright.async_api import expect

from tests.e2e.chat_page import ChatPage, new_chat, open_chat
from tests.support.browser import Pages
from tests.support.local_stack import LocalStack

SAID = "/echo # One\n\n* **two**\n\n```python\nthree\n```"
MARKDOWN = "# One\n\n* **two**\n\n```python\nthree\n```"
# As over plain HTTP in a LAN: what is left there is the command of old.
NO_CLIPBOARD = """() => {
  const refuse = () => Promise.reject(new Error("refused"))
  Object.assign(navigator.clipboard, { write: refuse, writeText: refuse })
}"""


@pytest.fixture
async def chat(pages: Pages, local_stack: LocalStack) -> ChatPage:
    """A page of a chat with an answer that has ended."""
    chat = await open_chat(pages, await new_chat(local_stack))
    await chat.send(SAID)
    await chat.answer_ends()
    return chat


@pytest.mark.parametrize("has_clipboard", [True, False])
async def test_an_answer_is_copied_as_markdown(chat: ChatPage, *, has_clipboard: bool) -> None:
    page = chat.page
    await page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    if not has_clipboard:
        await page.evaluate(NO_CLIPBOARD)
    copy = chat.answers.last.get_by_role("link", name="Copy", exact=True)
    await copy.click()
    link = chat.answers.last.locator(".message__copy")
    await expect(link).to_have_text("Copied")
    await expect(page.get_by_role("status").filter(has_text="Copied")).to_have_count(1)
    assert (await page.evaluate("navigator.clipboard.readText()")).strip() == MARKDOWN
    await expect(link).to_have_text("Copy")
    await expect(page).to_have_url(re.compile(r"/message/list/$"))


async def test_what_cannot_be_copied_says_so(pages: Pages, chat: ChatPage) -> None:
    pages.tolerate("503")
    await chat.page.route("**/markdown/", lambda route: route.fulfill(status=503))
    await chat.answers.last.get_by_role("link", name="Copy", exact=True).click()
    await expect(chat.answers.last.locator(".message__copy")).to_have_text("Not copied")


async def test_a_message_and_its_row_have_few_elements(chat: ChatPage) -> None:
    await chat.act("Regenerate")
    await expect(chat.answers.last).to_contain_text("2/2")
    await chat.answer_ends()
    for message in (chat.answers.last, chat.questions.last):
        count = await message.evaluate(
            "(it) => it.querySelectorAll(':not(.message__done *)').length"
        )
        assert count < 33


async def test_the_menu_leads_to_a_fork(chat: ChatPage) -> None:
    await chat.send("Count to 3")
    await expect(chat.answers).to_have_count(2)
    await chat.answer_ends()
    page = chat.page
    menu = chat.answers.first.get_by_role("link", name="More about this message")
    await page.goto(str(await menu.get_attribute("href")))
    await expect(page.locator(".menu__facts")).not_to_have_count(0)
    await page.get_by_role("button", name="Fork from here").click()
    await expect(page).to_have_url(re.compile(r"/chat/\d+/message/list/$"))
    assert f"/chat/{chat.chat_id}/" not in page.url
    await expect(page.locator(".message--assistant")).to_have_count(1)
    await expect(page.get_by_role("heading", name="One", exact=True)).to_be_visible()
    await expect(page.get_by_text("Count to 3")).to_have_count(0)


async def test_the_same_arrow_keeps_the_focus(chat: ChatPage) -> None:
    for number in (2, 3):
        await chat.act("Regenerate")
        await expect(chat.answers.last).to_contain_text(f"{number}/{number}")
        await chat.answer_ends()
    back = chat.answers.last.get_by_role("button", name="Previous version")
    await back.focus()
    await chat.page.keyboard.press("Enter")
    await expect(chat.answers.last).to_contain_text("2/3")
    await expect(back).to_be_focused()
    await chat.page.keyboard.press("Enter")
    await expect(chat.answers.last).to_contain_text("1/3")
    await expect(chat.answers.last.locator("> .message__footer")).to_be_focused()
