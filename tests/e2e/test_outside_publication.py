"""Processes that are no part of Natter change its pages."""

import re
import sys

import pytest
from playwright.async_api import Page, Route, expect

from deploy.local.services import ROOT
from tests.e2e.chat_page import ChatPage, new_chat, open_chat
from tests.e2e.publishing import natter, run_beside
from tests.support.browser import Pages
from tests.support.local_stack import LocalStack

STOCK_TURBO = ROOT / "services/web/frontend/node_modules/@hotwired/turbo/dist/turbo.es2017-umd.js"


def hello_world(chat_id: int) -> str:
    target = f"chat-{chat_id}-message-list"
    return (
        f'<turbo-stream action="update" target="{target}">'
        "<template>Hello World</template></turbo-stream>"
    )


async def test_natter_publish_changes_every_page_of_the_chat_and_no_other(
    pages: Pages, local_stack: LocalStack
) -> None:
    chat_id, other_id = await new_chat(local_stack), await new_chat(local_stack)
    chats = [await open_chat(pages, chat_id) for _ in range(2)]
    other = await open_chat(pages, other_id)
    published, said = await natter(local_stack, f"chat_{chat_id}", hello_world(chat_id))
    assert published == 0, said
    for chat in chats:
        await expect(chat.messages).to_have_text("Hello World")
    await expect(other.messages).to_be_empty()


async def test_natter_publish_refuses_what_is_no_turbo_stream(local_stack: LocalStack) -> None:
    chat_id = await new_chat(local_stack)
    status, said = await natter(local_stack, f"chat_{chat_id}", "<b>Hello World</b>")
    assert status == 2
    assert "outside a <turbo-stream> element" in said


async def test_the_bare_nats_client_of_the_readme_changes_every_page_of_the_chat(
    pages: Pages, local_stack: LocalStack
) -> None:
    chat_id = await new_chat(local_stack)
    chats = [await open_chat(pages, chat_id) for _ in range(2)]
    (program,) = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    program = program.replace("chat_1", f"chat_{chat_id}").replace("chat-1", f"chat-{chat_id}")
    status, said = await run_beside(local_stack, sys.executable, "-c", program)
    assert status == 0, said
    for chat in chats:
        await expect(chat.messages).to_have_text("Hello World")


async def test_a_page_with_nothing_but_stock_turbo_follows_the_chat(
    pages: Pages, local_stack: LocalStack
) -> None:
    chat_id = await new_chat(local_stack)
    ours = await open_chat(pages, chat_id)
    stock = await _stock_page(pages, chat_id)
    await stock.record_growth()
    await ours.send("Count to 60")
    for chat in (ours, stock):
        await expect(chat.questions).to_have_count(1)
        await chat.answer_ends()
    assert len(await stock.growth()) >= 3
    assert await stock.list_html() == await ours.list_html()
    await natter(local_stack, f"chat_{chat_id}", hello_world(chat_id))
    await expect(stock.messages).to_have_text("Hello World")


async def _stock_page(pages: Pages, chat_id: int) -> ChatPage:
    """The chat's page with stock Turbo in the place of the project's own script."""
    if not STOCK_TURBO.exists():
        pytest.fail("stock Turbo is not there: run `make test`, which installs it")
    page: Page = await pages.blank(bypass_csp=True)
    await page.route(re.compile(r"/static/build/.*\.js$"), _nothing)
    await page.goto(f"/chat/{chat_id}/message/list/")
    await page.add_script_tag(path=STOCK_TURBO)
    async with page.expect_websocket() as opened:
        await page.evaluate("""
            const { streamSourceUrlValue } = document.querySelector(".connection").dataset
            window.socket = new WebSocket(streamSourceUrlValue)
            Turbo.connectStreamSource(window.socket)
        """)
    socket = await opened.value
    assert not socket.is_closed()
    await page.evaluate(
        "socket.readyState || new Promise((opened) => socket.addEventListener('open', opened))"
    )
    return ChatPage(page, chat_id)


async def _nothing(route: Route) -> None:
    await route.fulfill(body="", content_type="text/javascript")
