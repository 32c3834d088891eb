"""The stack comes up from nothing, and a person talks with the demo endpoint."""

from playwright.async_api import expect

from tests.compose.journey import enter, journey
from tests.compose.project import Project
from tests.support.browser import Pages


async def test_a_person_is_answered(stack: Project, pages: Pages) -> None:
    await journey(pages, stack)


async def test_the_page_says_that_the_demo_answers(stack: Project, pages: Pages) -> None:
    chat = await enter(pages, stack)
    await expect(chat.page.locator("#demo-notice")).to_be_visible()
