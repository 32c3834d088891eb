"""A prompt is put into the message box: by a slash, by the list, and without JavaScript."""

import re
from collections.abc import AsyncIterator

import httpx2
import pytest_asyncio
from playwright.async_api import Route, expect

from tests.e2e.chat_page import ChatPage, new_chat, open_chat
from tests.support.browser import Pages
from tests.support.http import http_client
from tests.support.local_stack import LocalStack

PROMPTS = {"Explain": "Explain this to a child:\n", "Summarise": "Sum this up:", "Zen": "Calm."}


@pytest_asyncio.fixture
async def chat(pages: Pages, local_stack: LocalStack) -> AsyncIterator[ChatPage]:
    """A chat of somebody who has three prompts."""
    async with http_client(local_stack.url) as client:
        await _delete_prompts(client)
        for name, content in PROMPTS.items():
            stored = await client.post(
                "/settings/prompts/", data={"name": name, "content": content}
            )
            assert stored.status_code == 303
        yield await open_chat(pages, await new_chat(local_stack))
        await _delete_prompts(client)


async def _delete_prompts(client: httpx2.AsyncClient) -> None:
    listed = (await client.get("/settings/prompts/")).text
    for prompt in set(re.findall(r"/settings/prompts/(\d+)/", listed)):
        await client.post(f"/settings/prompts/{prompt}/delete/")


async def test_a_slash_lists_the_prompts_and_letters_choose_among_them(chat: ChatPage) -> None:
    page, items = chat.page, chat.page.locator("#prompts .menu__item")
    await chat.box.press("/")
    await expect(items.filter(visible=True)).to_have_count(3)
    await expect(chat.box).to_be_focused()
    await chat.box.press_sequentially("su")
    await expect(items.filter(visible=True)).to_have_count(1)
    await chat.box.press("Enter")
    await expect(chat.box).to_have_value("Sum this up:")
    await expect(chat.box).to_be_focused()
    await expect(page.locator("#prompts")).to_be_hidden()
    await page.reload()
    await expect(chat.box).to_have_value("Sum this up:")


async def test_the_down_arrow_leads_into_the_list(chat: ChatPage) -> None:
    items = chat.page.locator("#prompts .menu__item")
    await chat.box.press("/")
    await expect(items.filter(visible=True)).to_have_count(3)
    await chat.box.press("ArrowDown")
    await expect(items.first).to_be_focused()
    await items.first.press("ArrowDown")
    await items.nth(1).press("Enter")
    await expect(chat.box).to_have_value("Sum this up:")


async def test_a_message_may_begin_with_a_slash(chat: ChatPage) -> None:
    await chat.box.press_sequentially("/")
    await expect(chat.page.locator("#prompts")).to_be_visible()
    await chat.box.press_sequentially("echo Hello")
    await expect(chat.page.locator("#prompts")).to_be_hidden()
    await chat.box.press("Enter")
    await chat.answer_ends()
    await expect(chat.answer_texts).to_have_text("Hello")


async def test_escape_leaves_the_slash_as_it_is(chat: ChatPage) -> None:
    await chat.box.press("/")
    await expect(chat.page.locator("#prompts")).to_be_visible()
    await chat.box.press("Escape")
    await expect(chat.page.locator("#prompts")).to_be_hidden()
    await expect(chat.box).to_have_value("/")
    await expect(chat.box).to_be_focused()


async def test_the_button_lists_the_prompts_and_one_goes_where_the_cursor_is(
    chat: ChatPage,
) -> None:
    page, items = chat.page, chat.page.locator("#prompts .menu__item")
    await chat.box.fill("Before. After.")
    for _ in range(len("After.")):
        await chat.box.press("ArrowLeft")
    await page.get_by_role("link", name="Prompts", exact=True).click()
    await expect(items.first).to_be_focused()
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")
    await expect(chat.box).to_have_value("Before. Calm.After.")


async def test_without_javascript_a_prompt_leads_to_a_box_with_its_text(
    chat: ChatPage, pages: Pages
) -> None:
    page = await pages.open(f"/settings/prompts/menu/?chat={chat.chat_id}", javascript=False)
    await page.get_by_role("link", name="Explain").click()
    box = page.get_by_label("Message", exact=True)
    await expect(box).to_have_value("Explain this to a child:")
    await box.fill("Count to 3")
    await page.get_by_role("button", name="Send").click()
    await expect(page.locator(".message--user")).to_contain_text(["Count to 3"])


async def test_prompts_are_written_changed_and_deleted_without_javascript(pages: Pages) -> None:
    page = await pages.open("/settings/prompts/", javascript=False)
    await page.get_by_label("Name").fill("Rhyme")
    await page.get_by_label("Text").fill("Make this rhyme:")
    await page.get_by_role("button", name="Save").click()
    await page.get_by_role("link", name="Edit Rhyme").click()
    await page.get_by_label("Name").fill("Rhymes")
    await page.get_by_role("button", name="Save").click()
    await page.get_by_role("button", name="Delete Rhymes").click()
    await expect(page.get_by_text("There are none yet.")).to_be_visible()


async def test_a_list_that_was_closed_while_it_was_on_its_way_stays_closed(
    chat: ChatPage,
) -> None:
    page, address = chat.page, re.compile(r"/settings/prompts/menu/")
    held: list[Route] = []

    async def hold(route: Route) -> None:
        held.append(route)

    await page.route(address, hold)
    async with page.expect_request(address):
        await page.get_by_role("link", name="Prompts", exact=True).click()
    await expect(page.locator("#prompts")).to_be_visible()
    await page.keyboard.press("Escape")
    await chat.box.focus()
    async with page.expect_response(address):
        await held[0].continue_()
    await expect(page.locator("#prompts-frame")).to_have_attribute("complete", "")
    await expect(page.locator("#prompts")).to_be_hidden()
    await expect(chat.box).to_be_focused()
