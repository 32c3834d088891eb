"""The focus is the reader's, whatever streams change around it."""

import pytest
from playwright.async_api import expect

from tests.e2e.chat_page import ChatPage, new_chat, open_chat
from tests.e2e.publishing import publisher
from tests.support.browser import Pages
from tests.support.local_stack import LocalStack

# A reader who moves on just when a stream is about to be rendered, then two frames for Turbo.
MOVE_ON = """
addEventListener("turbo:before-stream-render", () => {
  document.querySelector(".sidebar__new .button").focus()
}, { once: true })
"""
TWO_FRAMES = "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"


@pytest.fixture
async def chat(pages: Pages, local_stack: LocalStack) -> ChatPage:
    """A page of a new chat, with the focus in the message box."""
    chat = await open_chat(pages, await new_chat(local_stack))
    await chat.box.focus()
    return chat


async def test_who_leaves_the_message_box_while_a_stream_comes_is_not_fetched_back(
    chat: ChatPage, local_stack: LocalStack
) -> None:
    await chat.page.evaluate(MOVE_ON)
    async with publisher(local_stack, chat.chat_id) as outside:
        await outside.lines(1)
        await chat.has_lines(1)
    await chat.page.evaluate(TWO_FRAMES)
    await expect(chat.page.locator(".sidebar__new .button")).to_be_focused()


@pytest.mark.parametrize("action", ["replace", "update"])
async def test_an_element_that_is_replaced_leaves_the_focus_to_its_successor(
    chat: ChatPage, local_stack: LocalStack, action: str
) -> None:
    place = f"chat-{chat.chat_id}-message-list" if action == "update" else "field"
    async with publisher(local_stack, chat.chat_id) as outside:
        field = '<input id="field" class="line" value="{}">'
        target = f'action="update" target="chat-{chat.chat_id}-message-list"'
        await outside.stream(target, field.format("before"))
        await chat.page.locator("#field").focus()
        await outside.stream(f'action="{action}" target="{place}"', field.format("after"))
        await expect(chat.page.locator("#field")).to_have_value("after")
    await expect(chat.page.locator("#field")).to_be_focused()
