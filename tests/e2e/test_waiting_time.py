"""The waiting time that an endpoint asks for follows the server's clock, not the reader's."""

import re
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from tests.e2e.chat_page import ChatPage, new_chat
from tests.support.browser import Pages, clean_pages
from tests.support.local_stack import LocalStack, running
from tests.support.scripted import ScriptedEndpoint, refusal, running_script

TWO_HOURS = 7_200
CLOCK = "const real = Date.now.bind(Date)\nDate.now = () => real() + %d"
ABOUT_TWO_HOURS = re.compile(r"^in 1(19|20) min$")


@pytest_asyncio.fixture(scope="module")
async def busy_stack(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[LocalStack]:
    """A stack whose endpoint takes no requests for two hours."""
    busy = refusal(429, {"error": {"message": "Slow down."}}, retry_after=str(TWO_HOURS))
    data = tmp_path_factory.mktemp("busy") / ".natter"
    async with running_script(ScriptedEndpoint(busy)) as url:
        stack = LocalStack(data, {"OPENAI_BASE_URL": url})
        async with running(stack):
            yield stack


@pytest_asyncio.fixture
async def busy_pages(browser: Browser, busy_stack: LocalStack) -> AsyncIterator[Pages]:
    """Pages of that stack."""
    async with clean_pages(browser, busy_stack.url) as pages:
        yield pages


@pytest.mark.parametrize("off", [-TWO_HOURS, 0, TWO_HOURS])
async def test_a_clock_that_is_hours_off_does_not_matter(
    busy_pages: Pages, busy_stack: LocalStack, off: int
) -> None:
    page = await busy_pages.blank()
    await page.add_init_script(CLOCK % (off * 1_000))
    chat = ChatPage(page, await new_chat(busy_stack))
    await page.goto(f"/chat/{chat.chat_id}/message/list/")
    await chat.is_connected()
    await chat.send("Hello")
    await chat.answer_is("failed")
    for _ in range(2):
        await expect(chat.answers.locator("time")).to_have_text(ABOUT_TWO_HOURS)
        await page.reload()
