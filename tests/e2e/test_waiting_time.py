"""The waiting time that an endpoint asks for follows the server's clock, not the reader's."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from playwright.async_api import Browser, expect

from deploy.local.postgres import Postgres
from services.shared.pages.failure_texts import CAUSES
from tests.e2e.chat_page import ChatPage, new_chat
from tests.support.browser import Pages, clean_pages
from tests.support.scripted import ScriptedEndpoint, refusal, running_script
from tests.support.stack import Services, serving_all

A_MINUTE = 60
TWO_HOURS = 7_200
RATE_LIMIT = {"error": {"message": "Slow down.", "code": "rate_limit_exceeded"}}
CLOCK = "const real = Date.now.bind(Date)\nDate.now = () => real() + %d"
ABOUT_TWO_HOURS = re.compile(r"^in 1(19|20) min$")


@asynccontextmanager
async def busy_pages(
    browser: Browser, folder: Path, postgres: Postgres, *seconds: int
) -> AsyncIterator[tuple[Pages, Services]]:
    """Give pages of services whose endpoint asks to wait for so long, each time it is asked."""
    busy = (refusal(429, RATE_LIMIT, retry_after=str(wait)) for wait in seconds)
    async with (
        running_script(ScriptedEndpoint(*busy)) as url,
        serving_all(folder, postgres, url) as services,
        clean_pages(browser, services.url) as pages,
    ):
        yield pages, services


async def test_a_clock_that_is_hours_off_does_not_matter(
    browser: Browser, tmp_path: Path, postgres: Postgres
) -> None:
    async with busy_pages(browser, tmp_path, postgres, TWO_HOURS) as (pages, services):
        for off in (-TWO_HOURS, 0, TWO_HOURS):
            page = await pages.blank()
            await page.add_init_script(CLOCK % (off * 1_000))
            chat = ChatPage(page, await new_chat(services))
            await page.goto(f"/chat/{chat.chat_id}/message/list/")
            await chat.is_connected()
            await chat.send("Hello")
            await chat.answer_is("failed")
            for _ in range(2):
                await expect(chat.answers.locator("time")).to_have_text(ABOUT_TWO_HOURS)
                await page.reload()


async def test_a_rate_limit_says_when_the_endpoint_takes_requests_again(
    browser: Browser, tmp_path: Path, postgres: Postgres
) -> None:
    async with busy_pages(browser, tmp_path, postgres, 5, 1, A_MINUTE) as (pages, services):
        page = await pages.blank()
        await page.clock.install()
        chat = ChatPage(page, await new_chat(services))
        await page.goto(f"/chat/{chat.chat_id}/message/list/")
        await chat.is_connected()
        await chat.send("Hello")
        wait = chat.answers.locator(".message__wait")
        await expect(wait).to_have_text(
            re.compile(r"^The model's endpoint asks to wait. It will be asked again in [1-6] s.$")
        )
        await chat.answer_is("failed")
        failure = chat.answers.locator(".failure__what")
        await expect(failure).to_have_text(str(CAUSES["rate_limit"].happened))
        await expect(wait).to_have_count(0)
        time = chat.answers.locator("time")
        await expect(time).to_have_text(re.compile(r"^in (\d\d? s|1 min)$"))
        await page.clock.fast_forward((A_MINUTE + 1) * 1_000)
        await expect(time).to_have_text("now")
        await expect(chat.answers.get_by_role("button", name="Retry")).to_be_enabled()
