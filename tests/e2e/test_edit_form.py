"""The form that says a message anew takes nothing from the reader when it comes."""

import asyncio

import pytest
from playwright.async_api import Route, expect

from tests.e2e.chat_page import ChatPage, new_chat, open_chat
from tests.support.browser import Pages
from tests.support.local_stack import LocalStack

EDIT = "**/edit/"


@pytest.fixture
async def chat(pages: Pages, local_stack: LocalStack) -> ChatPage:
    """A page of a chat in which something was said."""
    chat = await open_chat(pages, await new_chat(local_stack))
    await chat.send("Count to 3")
    await chat.answer_ends()
    return chat


async def test_a_form_that_comes_late_leaves_the_focus_where_it_is(chat: ChatPage) -> None:
    may_come = asyncio.Event()

    async def hold(route: Route) -> None:
        await may_come.wait()
        await route.continue_()

    await chat.page.route(EDIT, hold)
    await chat.questions.get_by_role("link", name="Edit this message").click()
    await chat.box.fill("Meanwhile")
    may_come.set()
    await expect(chat.questions.get_by_label("Your message")).to_have_value("Count to 3")
    await expect(chat.box).to_be_focused()


async def test_a_form_has_the_focus_of_the_link_that_led_to_it(chat: ChatPage) -> None:
    await chat.questions.get_by_role("link", name="Edit this message").click()
    await expect(chat.questions.get_by_label("Your message")).to_be_focused()


async def test_a_form_takes_the_place_of_its_message_at_the_edge_of_the_text(
    chat: ChatPage,
) -> None:
    await chat.questions.get_by_role("link", name="Edit this message").click()
    field = await chat.questions.get_by_label("Your message").bounding_box()
    composer = await chat.page.locator(".composer__box").bounding_box()
    assert field
    assert composer
    assert field["x"] + field["width"] == composer["x"] + composer["width"]
    await expect(chat.questions.get_by_label("Your message")).to_have_css("font-size", "16px")
    await expect(chat.questions.get_by_role("link", name="Copy")).to_be_hidden()


async def test_a_form_that_did_not_come_can_be_asked_for_again(
    pages: Pages, chat: ChatPage
) -> None:
    pages.tolerate("503")
    link = chat.questions.get_by_role("link", name="Edit this message")
    await chat.page.route(EDIT, lambda route: route.fulfill(status=503), times=1)
    await link.click()
    await expect(chat.page.locator("#action-error")).to_be_visible()
    assert await chat.questions.locator(".message__edit[src]").count() == 0
    await link.click()
    await expect(chat.questions.get_by_label("Your message")).to_be_focused()


async def test_what_another_page_answers_to_is_not_lost(chat: ChatPage) -> None:
    await chat.questions.get_by_role("link", name="Edit this message").click()
    field = chat.questions.get_by_label("Your message")
    await expect(field).to_be_focused()
    await field.fill("Count to 4")

    async def ask_to_sign_in(route: Route) -> None:
        await route.fulfill(content_type="text/html", body="<h1>Sign in first</h1>")

    await chat.page.route(EDIT, ask_to_sign_in)
    await field.press("Enter")
    await expect(chat.page.get_by_role("heading", name="Sign in first")).to_be_visible()
    await chat.page.unroute_all()
    await chat.page.reload()
    await expect(chat.page.get_by_label("Your message")).to_have_value("Count to 4")
