"""The keys of the pages do what their links and buttons do."""

import re

from playwright.async_api import expect

from tests.e2e.chat_page import ChatPage, chat_number, new_chat, open_chat
from tests.support.browser import Pages
from tests.support.http import http_client
from tests.support.local_stack import LocalStack


async def answered(pages: Pages, stack: LocalStack, *texts: str) -> ChatPage:
    """A chat with an answer to each text, and the focus outside of the box."""
    chat = await open_chat(pages, await new_chat(stack))
    for text in texts:
        await chat.send(text)
        await expect(chat.question_texts.last).to_have_text(text)
        await chat.answer_ends()
    await chat.box.blur()
    return chat


async def test_a_question_mark_lists_the_keys(pages: Pages, local_stack: LocalStack) -> None:
    page = (await answered(pages, local_stack)).page
    await page.keyboard.press("?")
    dialog = page.get_by_role("dialog", name="Keyboard shortcuts")
    await expect(dialog).to_be_visible()
    assert await dialog.locator("dt").count() > 11
    await page.keyboard.press("n")
    await expect(dialog).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(dialog).to_be_hidden()


async def test_messages_are_walked_through_edited_and_answered_anew(
    pages: Pages, local_stack: LocalStack
) -> None:
    chat = await answered(pages, local_stack, "/echo one", "/echo two")
    page, keyboard = chat.page, chat.page.keyboard
    for count, message in ((1, chat.questions.first), (3, chat.answers.last)):
        for _ in range(count):
            await keyboard.press("j")
        await expect(message).to_be_focused()
    await keyboard.press("k")
    await expect(chat.questions.last).to_be_focused()
    await keyboard.press("c")
    await expect(chat.box).to_be_focused()
    await chat.box.press("ArrowUp")
    edited = chat.questions.last.get_by_role("textbox")
    await expect(edited).to_have_value("/echo two")
    await edited.press("Escape")
    await expect(edited).to_have_count(0)
    await keyboard.press("r")
    await expect(chat.answers.last.locator(".message__version")).to_have_text("2/2")
    await keyboard.press("e")
    await expect(edited).to_be_focused()
    await page.keyboard.press("n")
    await expect(edited).to_have_value("/echo twon")


async def test_chats_are_made_and_gone_through(pages: Pages, local_stack: LocalStack) -> None:
    older = await answered(pages, local_stack, "/echo older")
    newer = await answered(pages, local_stack, "/echo newer")
    page = newer.page
    await page.reload()
    await newer.box.blur()
    await page.keyboard.press("Shift+J")
    await expect(page).to_have_url(re.compile(rf"/chat/{older.chat_id}/message/list/$"))
    await older.box.blur()
    await page.locator("#message-content").blur()
    await page.keyboard.press("Shift+K")
    await expect(page).to_have_url(re.compile(rf"/chat/{newer.chat_id}/message/list/$"))
    await page.locator("#message-content").blur()
    await page.keyboard.press("n")
    await expect(page).not_to_have_url(re.compile(rf"/chat/{newer.chat_id}/message/list/$"))
    assert chat_number(page.url) != older.chat_id


async def test_escape_in_the_box_stops_the_answer(pages: Pages, local_stack: LocalStack) -> None:
    chat = await open_chat(pages, await new_chat(local_stack))
    await chat.send("/slow 20 /echo " + "word " * 200)
    await chat.answer_begins()
    await chat.box.press("Escape")
    await chat.answer_is("stopped")


async def test_the_models_are_opened_and_the_answer_is_copied(
    pages: Pages, local_stack: LocalStack
) -> None:
    chat = await answered(pages, local_stack, "/echo one")
    page = chat.page
    await page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    await page.keyboard.press("y")
    await chat.is_true("navigator.clipboard.readText().then((text) => text.trim() === 'one')")
    await page.keyboard.press("m")
    await expect(page.locator("#picker")).to_be_visible()
    await page.keyboard.press("n")
    await expect(page.locator("#picker")).to_be_visible()
    # On its buttons, too, keys are the list's own.
    await page.keyboard.press("Tab")
    await expect(page.locator("#picker button:focus")).to_be_visible()
    await page.keyboard.press("?")
    await expect(page.locator("#shortcuts-dialog")).to_be_hidden()


async def test_letters_do_nothing_where_they_are_turned_off(
    pages: Pages, local_stack: LocalStack
) -> None:
    async with http_client(local_stack.url) as client:
        await client.post("/settings/single_keys/", data={"single_keys": "false"})
        try:
            page = (await answered(pages, local_stack)).page
            await page.keyboard.press("?")
            await page.keyboard.press("Control+k")
            await expect(page.locator("#search-dialog")).to_be_visible()
            await expect(page.locator("#shortcuts-dialog")).to_be_hidden()
        finally:
            await client.post("/settings/single_keys/", data={"single_keys": "true"})
