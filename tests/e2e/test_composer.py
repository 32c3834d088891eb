"""The box in which a message is written."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest
from playwright.async_api import Page, Route, expect

from tests.e2e.chat_page import ChatPage, new_chat, open_chat
from tests.support.browser import Pages
from tests.support.local_stack import LocalStack
from tests.support.waiting import until

CREATE = "**/message/create/"
TRY_AGAIN = "The message could not be sent. It is still here: please try again."
DEAF_TO_ENTER = ("", " ", "\n\n")


@pytest.fixture
async def chat(pages: Pages, local_stack: LocalStack) -> ChatPage:
    """A page of a new chat."""
    return await open_chat(pages, await new_chat(local_stack))


async def test_enter_sends_and_shift_enter_breaks_the_line(chat: ChatPage) -> None:
    await chat.box.press_sequentially("Count to 3")
    await chat.box.press("Shift+Enter")
    await chat.box.press_sequentially("and no further")
    await expect(chat.box).to_have_value("Count to 3\nand no further")
    await expect(chat.questions).to_have_count(0)
    await chat.box.press("Enter")
    await expect(chat.questions).to_have_count(1)
    assert await chat.questions.locator(".message__done").inner_text() == (
        "Count to 3\nand no further"
    )
    await expect(chat.box).to_have_value("")
    await expect(chat.box).to_be_focused()


async def test_the_button_sends_too_and_gives_the_focus_back(chat: ChatPage) -> None:
    await chat.box.fill("Count to 3")
    await chat.page.get_by_role("button", name="Send").click()
    await expect(chat.questions).to_have_count(1)
    await expect(chat.box).to_be_focused()


async def test_the_box_grows_with_its_text_to_a_limit_and_shrinks_when_it_is_sent(
    chat: ChatPage,
) -> None:
    one_line = await _height(chat)
    await chat.box.fill("\n".join("abc"))
    three_lines = await _height(chat)
    await chat.box.fill("\n".join("abcdefghijklmnopqrstuvwxyz" * 3))
    many_lines = await _height(chat)
    assert one_line < three_lines < many_lines <= 800 / 2
    await chat.box.fill("Count to 3\n\n\n")
    await chat.box.press("Enter")
    await expect(chat.box).to_have_value("")
    assert await _height(chat) == one_line


@pytest.mark.parametrize("text", DEAF_TO_ENTER)
async def test_enter_sends_nothing_when_there_is_nothing_to_send(chat: ChatPage, text: str) -> None:
    posts = _posts(chat.page)
    await chat.send(text)
    await expect(chat.box).to_have_value(text)
    await chat.send("Count to 3")
    await expect(chat.questions).to_have_count(1)
    assert len(posts) == 1


async def test_a_refused_message_stays_in_the_box_with_what_is_wrong(
    pages: Pages, chat: ChatPage
) -> None:
    pages.tolerate(r"status of 422")
    await chat.send("x" * 32_001)
    await expect(chat.error).to_have_text(
        "A message may have 32,000 characters; this one has 32,001."
    )
    await expect(chat.box).to_have_value("x" * 32_001)
    await expect(chat.questions).to_have_count(0)
    await chat.send("Count to 3")
    await expect(chat.questions).to_have_count(1)
    await expect(chat.error).to_be_hidden()
    await expect(chat.box).to_have_value("")


@pytest.mark.parametrize("fault", ["an error page", "another page", "no answer"])
async def test_a_message_that_could_not_be_sent_stays_and_goes_at_the_second_try(
    pages: Pages, chat: ChatPage, fault: str
) -> None:
    pages.tolerate(r"status of 500|ERR_CONNECTION_FAILED|Failed to fetch")

    async def fail(route: Route) -> None:
        if fault == "no answer":
            await route.abort("connectionfailed")
        else:
            page = "<!DOCTYPE html><title>Not Natter's</title><h1>Something went wrong</h1>"
            status = 500 if fault == "an error page" else 200
            await route.fulfill(status=status, content_type="text/html", body=page)

    await chat.page.route(CREATE, fail, times=1)
    await chat.send("Count to 3")
    await expect(chat.error).to_have_text(TRY_AGAIN)
    await expect(chat.box).to_have_value("Count to 3")
    await expect(chat.questions).to_have_count(0)
    await chat.box.press("Enter")
    await expect(chat.questions).to_have_count(1)
    await expect(chat.error).to_be_hidden()
    await expect(chat.box).to_have_value("")


async def test_a_message_whose_answer_was_lost_is_not_stored_twice(
    pages: Pages, chat: ChatPage
) -> None:
    pages.tolerate(r"ERR_CONNECTION_FAILED|Failed to fetch")

    async def lose_the_answer(route: Route) -> None:
        await route.fetch()
        await route.abort("connectionfailed")

    await chat.page.route(CREATE, lose_the_answer, times=1)
    await chat.send("Count to 3")
    await expect(chat.error).to_have_text(TRY_AGAIN)
    await expect(chat.questions).to_have_count(1)
    await chat.box.press("Enter")
    await expect(chat.box).to_have_value("")
    await chat.answer_ends()
    fresh = await open_chat(pages, chat.chat_id)
    await expect(fresh.questions).to_have_count(1)
    await expect(chat.questions).to_have_count(1)


async def test_a_doubled_enter_sends_once(chat: ChatPage) -> None:
    async with _held_back(chat.page) as held:
        await chat.send("Count to 3")
        await chat.box.press("Enter")
    await expect(chat.box).to_have_value("")
    await chat.send("Count to 4")
    await expect(chat.questions).to_have_count(2)
    assert held.posts == 2


async def test_what_is_typed_while_a_message_is_under_way_stays(chat: ChatPage) -> None:
    async with _held_back(chat.page):
        await chat.send("Count to 3")
        await chat.box.press_sequentially(" and then")
        await expect(chat.box).to_be_focused()
    await expect(chat.box).to_have_value("and then")
    await expect(chat.box).to_be_focused()
    await expect(chat.questions.last.locator(".message__done")).to_have_text("Count to 3")


async def test_an_unsent_text_is_there_again_after_a_reload(chat: ChatPage) -> None:
    await chat.box.press_sequentially("Not yet finis")
    await chat.page.reload()
    await expect(chat.box).to_have_value("Not yet finis")
    await chat.is_connected()
    await chat.send("Count to 3")
    await expect(chat.box).to_have_value("")
    await chat.page.reload()
    await expect(chat.box).to_have_value("")


async def test_what_another_page_sends_does_not_take_ones_own_draft_away(
    pages: Pages, local_stack: LocalStack
) -> None:
    chat_id = await new_chat(local_stack)
    here, there = await open_chat(pages, chat_id), await open_chat(pages, chat_id)
    await here.box.fill("Not sent yet")
    await there.send("Count to 2")
    await expect(here.questions).to_have_count(1)
    await here.page.reload()
    await expect(here.box).to_have_value("Not sent yet")


async def test_what_is_written_goes_along_into_a_temporary_chat_and_back(chat: ChatPage) -> None:
    temporary = chat.page.locator(".composer__temporary")
    await expect(temporary).to_have_attribute("aria-pressed", "false")
    await chat.box.fill("Between us.")
    await temporary.click()
    await expect(temporary).to_have_attribute("aria-pressed", "true")
    await expect(chat.box).to_have_value("Between us.")
    assert not chat.page.url.endswith(f"/chat/{chat.chat_id}/message/list/")
    await temporary.click()
    await expect(temporary).to_have_attribute("aria-pressed", "false")
    await expect(chat.box).to_have_value("Between us.")
    await chat.page.get_by_role("button", name="Send").click()
    await expect(chat.box).to_have_value("")
    await chat.page.reload()
    await expect(chat.page.locator(".composer__temporary")).to_have_count(0)


async def test_a_chat_is_made_temporary_only_before_its_first_message(chat: ChatPage) -> None:
    button = chat.page.locator(".composer__temporary")
    await expect(button).to_be_visible()
    await chat.send("Count to 3")
    await expect(chat.questions).to_have_count(1)
    await expect(button).to_be_hidden()


async def test_where_enter_begins_a_line_ctrl_and_enter_send(chat: ChatPage) -> None:
    await chat.page.evaluate("document.body.dataset.enter = 'newline'")
    await chat.box.press_sequentially("Count")
    await chat.box.press("Enter")
    await chat.box.press_sequentially("to 3")
    await expect(chat.box).to_have_value("Count\nto 3")
    await chat.box.press("Control+Enter")
    await expect(chat.questions).to_have_count(1)
    await expect(chat.box).to_have_value("")


async def test_the_form_on_a_page_of_its_own_leads_to_the_conversation(
    pages: Pages, local_stack: LocalStack
) -> None:
    chat_id = await new_chat(local_stack)
    page = await pages.open(f"/chat/{chat_id}/message/create/")
    chat = ChatPage(page, chat_id)
    await chat.send("Count to 3")
    await chat.answer_ends()
    await expect(chat.question_texts).to_have_text(["Count to 3"])
    await expect(chat.box).to_have_value("")


@dataclass
class Held:
    """Forms on their way: their number, and what lets them go."""

    posts: int = 0
    released: asyncio.Event = field(default_factory=asyncio.Event)


@asynccontextmanager
async def _held_back(page: Page) -> AsyncIterator[Held]:
    """Keep the forms of `page` from reaching the server until the body has ended."""
    held = Held()

    async def hold(route: Route) -> None:
        held.posts += 1
        await held.released.wait()
        await route.continue_()

    async def one_is_held() -> bool:
        return held.posts > 0

    await page.route(CREATE, hold)
    yield held
    await until(one_is_held)
    held.released.set()


def _posts(page: Page) -> list[str]:
    posts: list[str] = []
    page.on("request", lambda request: posts.append(request.url) if request.post_data else None)
    return posts


async def _height(chat: ChatPage) -> float:
    box = await chat.box.bounding_box()
    assert box
    return box["height"]
