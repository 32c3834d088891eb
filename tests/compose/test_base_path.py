"""The same stack below a path of a site."""

from playwright.async_api import Browser

from tests.compose.changes import changed
from tests.compose.journey import journey
from tests.compose.project import Project
from tests.support.http import http_client

PREFIX = "/natter"
OUTSIDE = ("/ws/turbo_stream/chat_1/", "/sse/turbo_stream/chat_1/", "/nattering/chat/")
HIDDEN = ("/metrics", "/live", "/ready")


async def test_a_person_is_answered_below_a_path(stack: Project, browser: Browser) -> None:
    hidden = (form + page for page in HIDDEN for form in ("", PREFIX, f"{PREFIX}/"))
    async with changed(stack, NATTER_WEB_BASE_PATH=PREFIX):
        async with stack.pages(browser) as pages:
            chat = await journey(pages, stack)
            assert f"{PREFIX}/chat/{chat.chat_id}/" in chat.page.url
        async with http_client(f"http://{stack.address}") as http:
            for path in (*OUTSIDE, *hidden):
                assert (await http.get(path)).status_code == 404, path
