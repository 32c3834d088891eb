"""What the model thinks before it answers is there for who wants to see it."""

import re

import pytest
from playwright.async_api import Locator, expect

from tests.e2e.chat_page import ChatPage, look_alike, new_chat, open_chat
from tests.e2e.refreshing import is_refreshed
from tests.support.browser import Pages
from tests.support.local_stack import LocalStack

THOUGHT_FOR = re.compile(r"^Thought for \d+ s$")


@pytest.mark.parametrize("command", ["/think", "/think-tags"])
async def test_thoughts_are_shown_apart_and_closed(
    pages: Pages, local_stack: LocalStack, command: str
) -> None:
    chat = await open_chat(pages, await new_chat(local_stack))
    await chat.send(f"/slow 60 {command} Count to 3")
    await expect(_summary(chat)).to_have_text("Thinking…")
    await chat.answer_ends()
    await expect(_summary(chat)).to_have_text(THOUGHT_FOR)
    await expect(_thoughts(chat)).to_be_hidden()
    await expect(chat.answer_texts).to_have_text(re.compile(r"^Counting to 3"))
    await _summary(chat).click()
    await expect(_thoughts(chat)).to_contain_text("nothing that I could think would change")
    fresh = await open_chat(pages, chat.chat_id)
    await _summary(fresh).click()
    await look_alike(chat, fresh)


async def test_thoughts_that_a_reader_has_opened_stay_open(
    pages: Pages, local_stack: LocalStack
) -> None:
    chat = await open_chat(pages, await new_chat(local_stack))
    await chat.send("/slow 60 /think What can you show me?")
    await _summary(chat).click()
    await expect(_thoughts(chat)).to_be_visible()
    await chat.answer_begins()
    await expect(_summary(chat)).to_have_text(THOUGHT_FOR)
    await expect(_thoughts(chat)).to_be_visible()
    await is_refreshed(chat, local_stack)
    await expect(_thoughts(chat)).to_be_visible()
    await chat.answer_ends()
    await expect(_thoughts(chat)).to_be_visible()


def _summary(chat: ChatPage) -> Locator:
    return chat.answers.locator(".reasoning__summary")


def _thoughts(chat: ChatPage) -> Locator:
    return chat.answers.locator(".reasoning__done")
