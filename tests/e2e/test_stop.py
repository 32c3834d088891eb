"""A reader stops an answer, and what was written until then stays."""

import pytest
from playwright.async_api import Route, expect

from tests.e2e.chat_page import ChatPage, look_alike, new_chat, open_chat
from tests.support.browser import Pages
from tests.support.local_stack import LocalStack

WORDS = " ".join(f"word{number}" for number in range(400))
ANSWER = f"/slow 20 /echo {WORDS}"
DRAFT = "And then?"
# As each stream does that shows the state of an answer.
SHOW_ANEW = """(footer) => {
  const template = `<template>${footer.outerHTML}</template>`
  Turbo.renderStreamMessage(
    `<turbo-stream action="replace" target="${footer.id}">${template}</turbo-stream>`)
}"""


@pytest.fixture
async def chat(pages: Pages, local_stack: LocalStack) -> ChatPage:
    """A page of a new chat."""
    return await open_chat(pages, await new_chat(local_stack))


@pytest.mark.parametrize("place", ["message", "composer"])
async def test_a_stopped_answer_keeps_its_text_on_every_page(
    pages: Pages, chat: ChatPage, place: str
) -> None:
    other = await open_chat(pages, chat.chat_id)
    await chat.send(ANSWER)
    await chat.answer_begins()
    await _stop(chat, place)
    for page in (chat, other):
        await page.answer_is("stopped")
        await expect(page.answers).to_contain_text("Stopped")
    text = await chat.answer_texts.inner_text()
    assert WORDS.startswith(text)
    assert text
    fresh = await open_chat(pages, chat.chat_id)
    await look_alike(chat, other, fresh)


async def test_a_stopped_answer_is_continued_to_its_end(pages: Pages, chat: ChatPage) -> None:
    await chat.send("/slow 60 /echo " + WORDS[:1500])
    await chat.answer_begins()
    await chat.stop()
    await chat.answer_is("stopped")
    await chat.act("Continue")
    await chat.answer_ends()
    await expect(chat.answer_texts).to_have_text(WORDS[:1500])
    fresh = await open_chat(pages, chat.chat_id)
    await look_alike(chat, fresh)


async def test_the_box_offers_to_stop_only_while_there_is_nothing_to_send(chat: ChatPage) -> None:
    stop = chat.page.get_by_role("button", name="Stop the answer")
    own = chat.answers.get_by_role("button", name="Stop", exact=True)
    send = chat.page.get_by_role("button", name="Send")
    await expect(stop).to_be_hidden()
    await chat.send(ANSWER)
    await expect(stop).to_be_visible()
    await expect(send).to_be_hidden()
    await expect(own).to_be_hidden()
    await chat.box.fill(DRAFT)
    await expect(own).to_be_visible()
    await expect(stop).to_be_hidden()
    await expect(send).to_be_visible()
    await chat.box.fill("")
    await stop.click()
    await chat.answer_is("stopped")
    await expect(stop).to_be_hidden()
    await expect(send).to_be_visible()
    await expect(chat.box).to_be_focused()


async def test_a_double_click_on_stop_does_not_press_what_takes_its_place(chat: ChatPage) -> None:
    await chat.send(ANSWER)
    await chat.answer_begins()
    await chat.box.fill(DRAFT)
    stop = chat.answers.get_by_role("button", name="Stop")
    await stop.dblclick()
    await chat.answer_is("stopped")
    await chat.act("Continue")
    await chat.answer_is("streaming")
    await stop.dblclick()
    await chat.answer_is("stopped")
    await expect(chat.answers.locator(".message__version")).to_have_count(0)


async def test_the_keyboard_stops_an_answer_and_is_not_thrown_out_of_its_message(
    chat: ChatPage,
) -> None:
    await chat.send(ANSWER)
    await chat.answer_begins()
    await chat.box.fill(DRAFT)
    await chat.answers.get_by_role("button", name="Stop").focus()
    await chat.page.keyboard.press("Enter")
    await chat.page.keyboard.press("Enter")
    await chat.answer_is("stopped")
    await expect(chat.answers.locator("> .message__footer")).to_be_focused()
    await chat.page.keyboard.press("Tab")
    await expect(chat.answers.get_by_role("link", name="Copy")).to_be_focused()
    await chat.page.keyboard.press("Tab")
    await expect(chat.answers.get_by_role("button", name="Continue")).to_be_focused()


async def test_the_focus_stays_at_what_does_the_same_when_the_state_is_shown_anew(
    chat: ChatPage,
) -> None:
    await chat.send(ANSWER)
    await chat.answer_begins()
    await chat.stop()
    for control in (
        chat.answers.get_by_role("link", name="Copy"),
        chat.answers.get_by_role("button", name="Continue"),
        chat.answers.get_by_role("link", name="More about this message"),
    ):
        await control.focus()
        footer = await chat.answers.locator("> .message__footer").element_handle()
        assert footer is not None
        await footer.evaluate(SHOW_ANEW)
        await footer.wait_for_element_state("hidden")
        await expect(control).to_be_focused()


async def test_a_screen_reader_is_told_how_an_answer_ended(chat: ChatPage) -> None:
    status = chat.page.locator("#announcements")
    await chat.send(ANSWER)
    await expect(status).to_have_text("The assistant is answering.")
    await expect(status).to_contain_text("The assistant is still answering.")
    await chat.stop()
    await expect(status).to_have_text("The answer was stopped.")


async def test_what_cannot_be_done_now_is_said_and_leaves_the_page_as_it_is(
    pages: Pages, chat: ChatPage
) -> None:
    pages.tolerate(r"status of 503")
    await chat.send(ANSWER)
    await chat.answer_begins()

    async def refuse(route: Route) -> None:
        await route.fulfill(status=503, content_type="text/html", body="<h1>Away</h1>")

    await chat.page.route("**/stop/", refuse)
    await chat.stop()
    await expect(chat.page.locator("#action-error")).to_have_text(
        "That could not be done. Please try again."
    )
    await chat.answer_is("streaming")
    await chat.page.unroute("**/stop/")
    await chat.stop()
    await chat.answer_is("stopped")
    await expect(chat.page.locator("#action-error")).to_be_hidden()


async def _stop(chat: ChatPage, place: str) -> None:
    if place == "message":
        # Now the button in the box sends, so that the answer has one of its own.
        await chat.box.fill(DRAFT)
        await chat.act("Stop")
    else:
        await chat.stop()
