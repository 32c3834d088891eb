"""People with accounts in real browsers, by the proxy: each has chats that nobody else sees."""

import asyncio
from collections.abc import Iterator
from typing import Final

import pytest
from playwright.async_api import Browser, Page, expect

from tests.compose.journey import begin_chat
from tests.compose.project import Project
from tests.e2e.chat_page import ChatPage, chat_number
from tests.e2e.sidebar import Sidebar
from tests.support.browser import Pages, clean_pages
from tests.support.members import ADMIN, PASSWORD

MEMBER: Final = "ben"
SINGLE_USER: Final = {
    "NATTER_WEB_SINGLE_USER": "true",
    "NATTER_WHOEVER_REACHES_IT_IS_ITS_USER": "yes",
}
# What a browser says of a page that is refused, and of a form that is wrong.
REFUSED: Final = r"status of (401|404|422)"


@pytest.fixture(scope="module")
def alone(stack: Project, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """A stack of the same images without accounts, as every stack was before there were any."""
    project = Project(tmp_path_factory.mktemp("alone"), {**SINGLE_USER}, tag=stack.tag)
    try:
        project.up()
        yield project
    finally:
        project.down()
    assert project.leftovers() == []


async def test_people_come_in_one_after_the_other(alone: Project, browser: Browser) -> None:
    async with clean_pages(browser, alone.url) as pages:
        pages.tolerate(REFUSED)
        before = await begin_chat(pages, alone)
        await _ask(before, "What the one user asks")
        await before.page.close()
        alone.settings.clear()
        await asyncio.to_thread(alone.up)
        ada = await _takes_over(before.chat_id, await _set_up(pages, alone))
        ben = await _accept(pages, alone)
        await _ask(ben, "What Ben asks")
        await _is_hidden(ben.chat_id, ada)
        await _is_hidden(ada.chat_id, ben)
        await _signs_out_and_in(ben)


async def _ask(chat: ChatPage, text: str) -> None:
    await chat.send(f"/echo {text}")
    await chat.answer_ends()


async def _set_up(pages: Pages, stack: Project) -> ChatPage:
    """Make the first account with the code, mistyped at first."""
    code = stack.compose("exec", "-T", "web", "cat", "/run/secrets/setup_code").strip()
    page = await pages.open("/")
    for typed in (f"{code[:-1]}x", code):
        await expect(page).to_have_url(f"{stack.url}/setup/")
        await page.get_by_label("Code").fill(typed)
        await _fill(page, ADMIN)
        await page.get_by_role("button", name="Create account").click()
    return await _arrived(page)


async def _takes_over(number: int, first: ChatPage) -> ChatPage:
    """Find the chat that was there before the account, and go on with it."""
    await Sidebar(first.page).link(number).click()
    chat = ChatPage(first.page, number)
    await chat.is_connected()
    await expect(chat.questions).to_have_count(1)
    await _ask(chat, "What Ada asks")
    return chat


async def _accept(pages: Pages, stack: Project) -> ChatPage:
    """Make an account by an invitation, in a browser of one's own."""
    invite = ("python", "-m", "services.natter", "invite", "--address", stack.url)
    link = stack.compose("exec", "-T", "web", *invite).strip()
    page = await pages.open(link)
    await _fill(page, MEMBER)
    await page.get_by_role("button", name="Create account").click()
    return await _arrived(page)


async def _fill(page: Page, name: str) -> None:
    await page.get_by_label("Name").fill(name)
    await page.get_by_label("Password").fill(PASSWORD)


async def _arrived(page: Page) -> ChatPage:
    """Wait until somebody who has signed in sees a chat."""
    await page.wait_for_url("**/message/list/")
    chat = ChatPage(page, chat_number(page.url))
    await chat.is_connected()
    return chat


async def _is_hidden(number: int, other: ChatPage) -> None:
    """Look for a chat in the list of somebody else, and at its address."""
    sidebar = Sidebar(other.page)
    await expect(sidebar.link(other.chat_id)).to_be_visible()
    await expect(sidebar.link(number)).to_have_count(0)
    answer = await other.page.request.get(f"/chat/{number}/message/list/")
    assert answer.status == 404


async def _signs_out_and_in(chat: ChatPage) -> None:
    """Sign out in one tab, which cuts off the other; sign in and be where one was."""
    other = await chat.page.context.new_page()
    await other.goto("/settings/account/")
    await other.get_by_role("button", name="Sign out", exact=True).click()
    await expect(other).to_have_title("Sign in · Natter")
    await chat.is_cut_off()
    await chat.page.goto(chat.page.url)
    await _fill(chat.page, MEMBER)
    await chat.page.get_by_role("button", name="Sign in").click()
    await chat.is_connected()
    await expect(chat.questions).to_have_count(1)
