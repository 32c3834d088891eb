"""Regenerated answers and edited messages stand beside the earlier ones; nothing is lost."""

import re

import pytest
from playwright.async_api import expect

from tests.e2e.chat_page import ChatPage, look_alike, new_chat, open_chat
from tests.e2e.refreshing import is_refreshed
from tests.support.browser import Pages
from tests.support.local_stack import LocalStack


@pytest.fixture
async def tabs(pages: Pages, local_stack: LocalStack) -> tuple[ChatPage, ChatPage]:
    """Two pages of a chat in which something was said."""
    chat_id = await new_chat(local_stack)
    here, there = await open_chat(pages, chat_id), await open_chat(pages, chat_id)
    await here.send("Count to 3")
    for chat in (here, there):
        await expect(chat.answers).to_have_count(1)
        await chat.answer_ends()
    return here, there


async def test_an_answer_is_regenerated_beside_the_first_and_the_arrows_lead_to_both(
    pages: Pages, tabs: tuple[ChatPage, ChatPage]
) -> None:
    here, there = tabs
    first = await here.list_html()
    await here.act("Regenerate")
    for chat in tabs:
        await _shows(chat, "2/2")
        await chat.answer_ends()
    await there.act("Previous version")
    for chat in tabs:
        await _shows(chat, "1/2")
    await here.act("Next version")
    for chat in tabs:
        await _shows(chat, "2/2")
        await expect(chat.answers).to_have_count(1)
    fresh = await open_chat(pages, here.chat_id)
    assert await here.list_html() == await there.list_html() == await fresh.list_html() != first


async def test_versions_are_leafed_through_with_the_keyboard(
    tabs: tuple[ChatPage, ChatPage],
) -> None:
    chat, _ = tabs
    await chat.act("Regenerate")
    await _shows(chat, "2/2")
    await chat.answer_ends()
    await chat.answers.get_by_role("button", name="Previous version").focus()
    await chat.page.keyboard.press("Enter")
    await _shows(chat, "1/2")
    await expect(chat.answers.locator("> .message__footer")).to_be_focused()


async def test_a_message_is_said_anew_and_both_conversations_are_kept(
    pages: Pages, tabs: tuple[ChatPage, ChatPage]
) -> None:
    here, there = tabs
    await _edit(here, "Count to 5")
    for chat in tabs:
        await expect(chat.question_texts).to_have_text(["Count to 5"])
        await chat.answer_ends()
        await expect(chat.answer_texts).to_contain_text(["1, 2, 3, 4, 5."])
        await expect(chat.questions.locator(".message__version")).to_have_text("2/2")
    await here.send("Count to 2")
    await expect(there.answers).to_have_count(2)
    await here.answer_ends()
    await there.act("Previous version", question=0)
    for chat in tabs:
        await expect(chat.question_texts).to_have_text(["Count to 3"])
        await expect(chat.answer_texts).to_contain_text(["1, 2, 3."])
    await here.act("Next version", question=0)
    for chat in tabs:
        await expect(chat.question_texts).to_have_text(["Count to 5", "Count to 2"])
    fresh = await open_chat(pages, here.chat_id)
    await look_alike(here, there, fresh)


async def test_a_form_that_is_left_gives_the_message_back(tabs: tuple[ChatPage, ChatPage]) -> None:
    chat, _ = tabs
    for leave in ("Escape", "Cancel"):
        await _open_form(chat)
        await expect(chat.question_texts).to_be_hidden()
        if leave == "Escape":
            await chat.page.keyboard.press("Escape")
        else:
            await chat.questions.get_by_role("link", name="Cancel").click()
        await expect(chat.question_texts).to_be_visible()
        await expect(chat.questions.get_by_role("link", name="Edit")).to_be_focused()
    await expect(chat.question_texts).to_have_text(["Count to 3"])


async def test_what_is_being_said_anew_survives_what_happens_to_the_page(
    tabs: tuple[ChatPage, ChatPage], local_stack: LocalStack
) -> None:
    here, there = tabs
    await _open_form(here)
    await here.questions.get_by_label("Your message").fill("Count to 7, not yet")
    await is_refreshed(here, local_stack)
    await there.act("Regenerate")
    await _shows(here, "2/2")
    await here.answer_ends()
    box = here.questions.get_by_label("Your message")
    await expect(box).to_have_value("Count to 7, not yet")
    await expect(box).to_be_focused()


async def test_what_was_being_said_anew_is_there_again_when_its_message_is(
    tabs: tuple[ChatPage, ChatPage],
) -> None:
    here, there = tabs
    box = here.questions.get_by_label("Your message")
    await _open_form(here)
    await box.fill("Count to 7, not yet")
    await _edit(there, "Count to 5")
    await expect(here.question_texts).to_have_text(["Count to 5"])
    await here.act("Previous version", question=0)
    await expect(here.question_texts).to_have_text(["Count to 3"])
    for text in ("Count to 7, not yet", "Count to 3"):
        await _open_form(here)
        await expect(box).to_have_value(text)
        await here.page.keyboard.press("Escape")


async def test_an_empty_message_is_refused_in_its_place(
    pages: Pages, tabs: tuple[ChatPage, ChatPage]
) -> None:
    pages.tolerate(r"status of 422")
    chat, _ = tabs
    await _open_form(chat)
    await chat.questions.get_by_label("Your message").fill("x" * 32_001)
    await chat.questions.get_by_role("button", name="Send").click()
    await expect(chat.questions.get_by_role("alert")).to_have_text(
        "A message may have 32,000 characters; this one has 32,001."
    )
    await expect(chat.questions.get_by_label("Your message")).to_have_value("x" * 32_001)


async def test_a_version_that_is_left_while_it_is_written_is_there_once_it_has_ended(
    pages: Pages, local_stack: LocalStack
) -> None:
    chat = await open_chat(pages, await new_chat(local_stack))
    await chat.send("/slow 100 /echo " + "one word more and " * 80)
    await chat.answer_ends()
    await chat.act("Regenerate")
    await _shows(chat, "2/2")
    await chat.answer_begins()
    await chat.act("Previous version")
    await _shows(chat, "1/2")
    await chat.answer_is("complete")
    await chat.act("Next version")
    await _shows(chat, "2/2")
    await chat.answer_ends()
    await expect(chat.answer_texts).to_have_text(re.compile(r"^(one word more and ?){80}$"))
    fresh = await open_chat(pages, chat.chat_id)
    await look_alike(chat, fresh)


async def _shows(chat: ChatPage, version: str) -> None:
    await expect(chat.answers.last.locator(".message__version")).to_have_text(version)


async def _open_form(chat: ChatPage) -> None:
    await chat.questions.get_by_role("link", name="Edit").click()
    await expect(chat.questions.get_by_label("Your message")).to_be_focused()


async def _edit(chat: ChatPage, text: str) -> None:
    await _open_form(chat)
    await chat.questions.get_by_label("Your message").fill(text)
    await chat.page.keyboard.press("Enter")
