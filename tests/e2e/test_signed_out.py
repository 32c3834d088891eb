"""A session ends while an answer is written: nothing is lost, and one is back where one was."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Locator, Page, expect
from pydantic import SecretStr

from deploy.local.postgres import Postgres
from services.demo.app import create_app as create_demo
from services.demo.settings import DemoSettings
from tests.e2e.chat_page import ChatPage, chat_number
from tests.support.accounts import PASSWORD, sign_in
from tests.support.accounts import browser as http_browser
from tests.support.browser import Pages, clean_pages
from tests.support.servers import serving
from tests.support.stack import Services, serving_all

CODE = "a code for this test"
NAME = "ann"
# The console tells of each refusal.
REFUSED = r"status of 401|code 4005"
KEPT = "Half a thought"
EDITED = "Count to 3, rather"


@pytest_asyncio.fixture(scope="module")
async def services(
    postgres: Postgres, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Services]:
    """A Natter with accounts, whose model writes for some seconds."""
    web = {"single_user": False, "setup_code": SecretStr(CODE)}
    demo = create_demo(DemoSettings(tokens_per_second=40, first_token_ms=0))
    folder = tmp_path_factory.mktemp("signed_out")
    async with (
        serving(demo) as endpoint,
        serving_all(folder, postgres, f"http://{endpoint}/v1", web) as services,
        http_browser(services.url.removeprefix("http://")) as client,
    ):
        account = {"name": NAME, "password": PASSWORD, "code": CODE}
        assert (await client.post("/setup/", data=account)).status_code == 303
        yield services


@pytest_asyncio.fixture
async def pages(browser: Browser, services: Services) -> AsyncIterator[Pages]:
    """Pages of that Natter."""
    async with clean_pages(browser, services.url) as pages:
        pages.tolerate(REFUSED)
        yield pages


async def signed_in_chat(pages: Pages, *, javascript: bool = True) -> ChatPage:
    page = await pages.open("/settings/", javascript=javascript)
    await sign_in_at(page)
    await expect(page).to_have_title("Settings · Natter")
    await page.get_by_role("button", name="New chat", exact=True).first.click()
    await page.wait_for_url("**/message/list/")
    return ChatPage(page, chat_number(page.url))


async def sign_in_at(page: Page) -> None:
    await page.get_by_label("Name").fill(NAME)
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("button", name="Sign in").click()


async def sign_out_everywhere(services: Services) -> None:
    async with http_browser(services.url.removeprefix("http://")) as client:
        await sign_in(client, NAME)
        out = await client.post("/settings/account/sessions/end/")
        assert out.status_code == 303


async def begin_edit(chat: ChatPage) -> Locator:
    question = chat.questions.first
    await question.hover()
    await question.get_by_role("link", name="Edit").click()
    return question.get_by_label("Your message")


def link_in(place: Locator) -> Locator:
    return place.get_by_role("link", name="Sign in")


async def test_the_text_stays_and_the_answer_goes_on(pages: Pages, services: Services) -> None:
    chat = await signed_in_chat(pages)
    await chat.is_connected()
    await chat.send("Count to 100")
    await chat.answer_begins()
    await chat.box.fill(KEPT)
    await sign_out_everywhere(services)
    await expect(chat.error).to_contain_text("You are signed out.")
    await chat.box.press("Enter")
    await expect(chat.box).to_have_value(KEPT)
    await link_in(chat.error).click()
    await sign_in_at(chat.page)
    await expect(chat.box).to_have_value(KEPT)
    assert chat_number(chat.page.url) == chat.chat_id
    await chat.answer_ends()
    await expect(chat.answer_texts).to_contain_text(["98, 99, 100"])


async def test_what_is_pressed_meanwhile_says_it(pages: Pages, services: Services) -> None:
    chat = await signed_in_chat(pages)
    await chat.send("Count to 3")
    await chat.answer_ends()
    edited = await begin_edit(chat)
    await edited.fill(EDITED)
    await sign_out_everywhere(services)
    # Sending says it beside the box, and only there.
    await chat.send(KEPT)
    await expect(link_in(chat.error)).to_be_visible()
    await expect(chat.box).to_have_value(KEPT)
    toast = chat.page.locator("#toast_signed_out")
    await expect(toast).to_have_count(0)
    await edited.press("Enter")
    await expect(link_in(toast)).to_be_visible()
    await expect(edited).to_have_value(EDITED)
    for name in ("Chat menu", "Options of this chat"):
        await chat.page.get_by_role("link", name=name).click()
        await chat.page.keyboard.press("Escape")
    await chat.act("Regenerate")
    await expect(toast).to_have_count(1)
    await expect(chat.page.get_by_text("Content missing")).to_have_count(0)
    await link_in(toast).click()
    await sign_in_at(chat.page)
    await expect(chat.box).to_have_value(KEPT)
    await expect(await begin_edit(chat)).to_have_value(EDITED)


async def test_signing_out_leaves_no_draft_behind(pages: Pages) -> None:
    chat = await signed_in_chat(pages)
    await chat.box.fill(KEPT)
    await chat.page.goto("/settings/account/")
    await chat.page.get_by_role("button", name="Sign out", exact=True).click()
    await expect(chat.page).to_have_title("Sign in · Natter")
    assert await chat.page.evaluate("Object.keys(localStorage)") == []


async def test_a_visit_of_somebody_signed_out_comes_to_where_it_led(
    pages: Pages, services: Services
) -> None:
    chat = await signed_in_chat(pages)
    await sign_out_everywhere(services)
    await chat.page.locator("#sidebar").get_by_role("link", name="Settings").click()
    await sign_in_at(chat.page)
    await expect(chat.page).to_have_title("Settings · Natter")


async def test_without_scripts_the_refusal_holds_the_text(pages: Pages, services: Services) -> None:
    chat = await signed_in_chat(pages, javascript=False)
    await sign_out_everywhere(services)
    text = "<b>Two lines</b>\n & more"
    await chat.box.fill(text)
    await chat.page.get_by_role("button", name="Send").click()
    await expect(chat.page.get_by_label("What you were sending")).to_have_value(text)
    await link_in(chat.page.locator("main")).click()
    await sign_in_at(chat.page)
    await expect(chat.messages).to_be_attached()
    assert chat_number(chat.page.url) == chat.chat_id
