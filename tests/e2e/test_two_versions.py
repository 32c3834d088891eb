"""A page of one version whose script and style come from another, while web is replaced."""

from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Browser, Request, Route, expect

from tests.e2e.chat_page import ChatPage, new_chat
from tests.e2e.other_web import other_web
from tests.support.browser import clean_pages
from tests.support.local_stack import LocalStack
from tests.support.versions import version_with_other_assets

BUILT = "**/static/build/**"
STYLE_BUILD = "() => getComputedStyle(document.documentElement).getPropertyValue('--build')"
SCRIPT_BUILD = "() => document.documentElement.dataset.build || ''"


@pytest.mark.parametrize("page_of", ["this", "other"])
async def test_a_page_works_with_the_other_ones_files(
    browser: Browser, local_stack: LocalStack, tmp_path: Path, page_of: str
) -> None:
    version = version_with_other_assets(tmp_path / "other")
    async with other_web(local_stack, version, tmp_path) as other:
        page_web, asset_web = local_stack.url, other
        if page_of == "other":
            page_web, asset_web = asset_web, page_web
        async with clean_pages(browser, page_web) as pages:
            page = await pages.blank()
            kept: list[str] = []

            async def from_the_other(route: Route, request: Request) -> None:
                answer = await route.fetch(url=asset_web + urlsplit(request.url).path)
                assert answer.status == 200
                kept.append(answer.headers["cache-control"])
                await route.fulfill(response=answer)

            await page.route(BUILT, from_the_other)
            chat = ChatPage(page, await new_chat(local_stack))
            await page.goto(f"/chat/{chat.chat_id}/message/list/")
            mark = "" if page_of == "other" else "other"
            assert await page.evaluate(STYLE_BUILD) == mark
            assert await page.evaluate(SCRIPT_BUILD) == mark
            await chat.is_connected()
            await chat.send("/echo It *works* all the same.")
            await chat.answer_ends()
            await expect(chat.answers.last.locator("em")).to_have_text("works")
        # A page's own files would have been kept for good.
        assert set(kept) == {"no-store"}
        assert len(kept) >= len({"script", "style"})
