"""The same stack below a path of a site."""

import httpx2
import pytest
from playwright.async_api import Browser

from tests.compose.changes import changed
from tests.compose.journey import journey
from tests.compose.project import Project
from tests.support.browser import clean_pages

PREFIX = "/natter"


async def test_a_person_is_answered_below_a_path(stack: Project, browser: Browser) -> None:
    async with changed(stack, NATTER_WEB_BASE_PATH=PREFIX):
        async with clean_pages(browser, stack.url) as pages:
            chat = await journey(pages, stack)
        assert f"{PREFIX}/chat/{chat.chat_id}/" in chat.page.url
        async with httpx2.AsyncClient(base_url=f"http://{stack.address}", timeout=30) as http:
            for page in ("metrics", "live", "ready"):
                for path in (f"/{page}", f"{PREFIX}/{page}", f"{PREFIX}//{page}"):
                    assert (await http.get(path)).status_code == 404, path


@pytest.mark.parametrize("outside", ["/chat/", "/static/build/manifest.json", "/ws/turbo_stream/x"])
async def test_nothing_is_served_outside_of_it(stack: Project, outside: str) -> None:
    async with changed(stack, NATTER_WEB_BASE_PATH=PREFIX):
        answer = httpx2.get(f"http://{stack.address}{outside}", timeout=30)
        assert answer.status_code == 404
