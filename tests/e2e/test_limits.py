"""A limit that is reached is said where the reader is, who loses nothing of what was typed."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import NamedTuple

import pytest_asyncio
from playwright.async_api import Browser, Locator, expect

from deploy.local.postgres import Postgres
from services.web.db.pool import connection, open_pool
from tests.e2e.chat_page import ChatPage, new_chat, open_chat
from tests.support.browser import clean_pages
from tests.support.endpoints import running_demo
from tests.support.stack import serving_all

SAID = "You can send 1 message a minute. Please try again in "
TYPED = "Count to 4\nand no further"


class Limited(NamedTuple):
    """A page of a person who has just sent what one may in a minute, and how the minute passes."""

    chat: ChatPage
    pass_a_minute: Callable[[], Awaitable[None]]


@pytest_asyncio.fixture
async def limited(browser: Browser, postgres: Postgres, tmp_path: Path) -> AsyncIterator[Limited]:
    async with (
        running_demo(tokens_per_second=0) as demo,
        serving_all(tmp_path, postgres, demo.base_url, {"messages_per_minute": 1}) as services,
        clean_pages(browser, services.url) as pages,
        open_pool(services.database_url, size=1) as pool,
    ):

        async def pass_a_minute() -> None:
            async with connection(pool) as db:
                await db.execute("UPDATE rate_limits SET arrival = now() - interval '1 second'")

        pages.tolerate("status of 429")
        chat = await open_chat(pages, await new_chat(services))
        await chat.send("Count to 3")
        await chat.answer_ends()
        yield Limited(chat, pass_a_minute)


async def is_said(alert: Locator) -> None:
    await expect(alert).to_be_visible()
    await expect(alert).to_have_attribute("role", "alert")
    await expect(alert).to_contain_text(SAID)


async def test_a_message_too_many_stays_in_the_box_until_it_may_be_sent(limited: Limited) -> None:
    chat, pass_a_minute = limited
    for _ in range(2):
        await chat.box.fill(TYPED)
        async with chat.page.expect_response("**/message/create/"):
            await chat.box.press("Enter")
        await is_said(chat.error)
        await expect(chat.box).to_have_value(TYPED)
        await expect(chat.box).to_be_focused()
    await chat.page.reload()
    await expect(chat.box).to_have_value(TYPED)
    await pass_a_minute()
    await chat.box.press("Enter")
    await expect(chat.question_texts).to_have_text(["Count to 3", TYPED])
    await expect(chat.box).to_have_value("")
    await expect(chat.error).to_be_hidden()
    await chat.answer_ends()


async def test_an_edit_too_many_stays_in_its_form_until_it_may_be_sent(limited: Limited) -> None:
    chat, pass_a_minute = limited
    await chat.questions.get_by_role("link", name="Edit this message").click()
    field = chat.questions.get_by_label("Your message")
    await field.fill(TYPED)
    await field.press("Enter")
    await is_said(chat.questions.get_by_role("alert"))
    await expect(field).to_have_value(TYPED)
    await pass_a_minute()
    await chat.questions.get_by_role("button", name="Send").click()
    await expect(chat.question_texts).to_have_text([TYPED])
    await chat.answer_ends()


async def test_an_answer_too_many_is_refused_with_the_servers_words(limited: Limited) -> None:
    chat, pass_a_minute = limited
    await chat.act("Regenerate")
    await expect(chat.page.locator("#action-error")).to_contain_text(SAID)
    await pass_a_minute()
    await chat.act("Regenerate")
    await expect(chat.answers.locator(".message__version")).to_have_text("2/2")
    await expect(chat.page.locator("#action-error")).to_be_hidden()
