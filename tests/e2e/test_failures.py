"""What could not be done is said, and leaves the page and what was typed as they are."""

import re
from collections.abc import Awaitable, Callable

import pytest
from playwright.async_api import Route, expect

from tests.e2e.chat_page import ChatPage, open_chat, told_chat
from tests.e2e.sidebar import Sidebar
from tests.support.browser import Pages
from tests.support.local_stack import LocalStack

type Answer = Callable[[Route], Awaitable[None]]

FAILED = "That could not be done. Please try again."
TOLERATED = r"status of 503|ERR_FAILED|Failed to fetch"


async def refuse(route: Route) -> None:
    """Answer as a proxy whose server is away."""
    await route.fulfill(status=503, content_type="text/html", body="<h1>Away</h1>")


async def lose(route: Route) -> None:
    """Answer nothing."""
    await route.abort()


@pytest.fixture
async def chat(pages: Pages, local_stack: LocalStack) -> ChatPage:
    """A page of a chat, which may be without its server."""
    pages.tolerate(TOLERATED)
    return await open_chat(pages, await told_chat(local_stack, "Count to 2"))


@pytest.mark.parametrize("answer", [refuse, lose])
@pytest.mark.parametrize("opener", [".header__more", ".message__more", ".header__name"])
async def test_what_cannot_be_opened_says_so(chat: ChatPage, opener: str, answer: Answer) -> None:
    page = chat.page
    await page.route(re.compile(r"/(menu|rename)/$"), answer)
    await page.locator(opener).first.click()
    told = page.locator("#toasts .toast, #action-error:not([hidden])")
    await expect(told).to_have_text([re.compile("could not be done")])
    await expect(page.locator("#menu")).to_be_hidden()
    await page.unroute_all()
    await page.locator(opener).first.click()
    await expect(page.locator("#menu:popover-open, .header .rename")).to_be_visible()


@pytest.mark.parametrize("answer", [refuse, lose])
async def test_options_that_cannot_be_stored_stay_as_they_were_typed(
    chat: ChatPage, answer: Answer
) -> None:
    page = chat.page
    await page.get_by_role("link", name="Options of this chat").click()
    prompt = page.locator("#menu").get_by_label("System prompt")
    await prompt.fill("Be a pirate.")
    await page.route("**/model/", answer)
    await page.locator("#menu").get_by_role("button", name="Save").click()
    await expect(page.locator("#toasts .toast")).to_have_text(FAILED)
    await expect(prompt).to_have_value("Be a pirate.")
    await expect(prompt).to_be_visible()


@pytest.mark.parametrize("answer", [refuse, lose])
async def test_a_deletion_that_cannot_be_undone_leaves_the_page(
    chat: ChatPage, local_stack: LocalStack, answer: Answer
) -> None:
    page, sidebar = chat.page, Sidebar(chat.page)
    other = await told_chat(local_stack, "Count to 2")
    await sidebar.act(other, "Delete")
    undo = sidebar.toasts.get_by_role("button", name="Undo")
    await page.route("**/restore/", answer)
    await undo.click()
    await expect(sidebar.toasts.last).to_have_text(FAILED)
    await expect(chat.box).to_be_visible()
    await page.unroute_all()
    await undo.click()
    await expect(sidebar.row(other)).to_be_visible()


async def test_a_setting_that_the_server_cannot_store_leaves_the_page(pages: Pages) -> None:
    pages.tolerate(TOLERATED)
    page = await pages.open("/settings/")
    await page.route("**/settings/theme/", refuse)
    await page.get_by_role("combobox", name="Theme").select_option("dark")
    await expect(page.locator("#settings-status")).to_have_text(re.compile("could not be saved"))
    await expect(page.get_by_role("combobox", name="Theme")).to_have_value("system")


@pytest.mark.parametrize("answer", [refuse, lose])
async def test_models_that_do_not_come_say_so(chat: ChatPage, answer: Answer) -> None:
    await chat.page.route("**/models/", answer)
    await chat.page.locator(".picker__button").click()
    await expect(chat.page.locator("#picker")).to_contain_text("The models could not be loaded.")


@pytest.mark.parametrize("opener", [".header__more", ".header__name"])
async def test_what_comes_late_leaves_the_focus_to_the_reader(chat: ChatPage, opener: str) -> None:
    page, held = chat.page, list[Route]()

    async def hold(route: Route) -> None:
        held.append(route)

    await page.route(re.compile(r"/(menu|rename)/$"), hold)
    async with page.expect_request(re.compile(r"/(menu|rename)/$")):
        await page.locator(opener).click()
    await chat.box.click()
    await chat.box.press_sequentially("Hel")
    async with page.expect_response(re.compile(r"/(menu|rename)/$")):
        await held[0].continue_()
    await expect(page.locator(":is(#menu, .header) turbo-frame[complete]")).to_be_attached()
    await page.keyboard.type("lo")
    await expect(chat.box).to_have_value("Hello")
    await expect(chat.box).to_be_focused()
