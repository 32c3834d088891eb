"""Other ways to a chat's stream: server-sent events where WebSockets are blocked, stock Turbo."""

import re

import pytest
from playwright.async_api import Page, Request, Route, expect

from deploy.local.services import ROOT
from tests.e2e.cable import AWAY
from tests.e2e.chat_page import ChatPage, look_alike, new_chat, open_chat
from tests.e2e.publishing import publisher
from tests.support.browser import Pages
from tests.support.local_stack import LocalStack
from tests.support.ports import free_port

STOCK_TURBO = ROOT / "services/web/frontend/node_modules/@hotwired/turbo/dist/turbo.es2017-umd.js"
# Long enough for another try, not so long that the page takes its connection for dead.
HALF_A_MINUTE = 32_000
CONNECT_A_SOCKET = """(source) => new Promise((opened, failed) => {
  const [src, token] = [source.getAttribute("src"), source.getAttribute("token")]
  const socket = new WebSocket(`${src}?token=${token}`)
  socket.addEventListener("open", opened)
  socket.addEventListener("close", ({ code }) => failed(`closed with ${code}`))
  Turbo.connectStreamSource(socket)
})"""
CONNECT_BY_ELEMENT = """(source) => new Promise((opened, failed) => {
  const stock = document.createElement("turbo-stream-source")
  const [sse, token] = [source.getAttribute("sse"), source.getAttribute("token")]
  stock.setAttribute("src", `${sse}?token=${token}`)
  document.body.append(stock)
  stock.streamSource.addEventListener("open", opened)
  stock.streamSource.addEventListener("error", failed)
})"""


async def test_a_page_whose_web_sockets_are_blocked_follows_by_server_sent_events(
    pages: Pages, local_stack: LocalStack
) -> None:
    pages.tolerate(AWAY)
    chat = await _without_web_sockets(pages, local_stack)
    fetched: list[str] = []
    chat.page.on("request", lambda request: _note_token(request, fetched))
    await chat.is_connected()
    assert fetched
    await chat.record_growth()
    await chat.send("Count to 60")
    await chat.answer_ends()
    assert len(await chat.growth()) >= 3
    fresh = await open_chat(pages, chat.chat_id)
    await look_alike(chat, fresh)


async def test_a_page_on_server_sent_events_goes_over_to_a_web_socket_as_soon_as_one_opens(
    pages: Pages, local_stack: LocalStack
) -> None:
    pages.tolerate(AWAY)
    chat = await _without_web_sockets(pages, local_stack, clock=True)
    await chat.is_connected()
    async with publisher(local_stack, chat.chat_id) as outside:
        await outside.lines(5)
        await chat.page.evaluate("window.isBlocked = false")
        async with chat.page.expect_websocket():
            await chat.page.clock.fast_forward(HALF_A_MINUTE)
        await outside.lines(5)
        await chat.has_lines(10)
        await chat.is_connected()


@pytest.mark.parametrize(
    "connect", [CONNECT_A_SOCKET, CONNECT_BY_ELEMENT], ids=["socket", "element"]
)
async def test_a_page_with_nothing_but_stock_turbo_follows_the_chat(
    pages: Pages, local_stack: LocalStack, connect: str
) -> None:
    chat_id = await new_chat(local_stack)
    ours = await open_chat(pages, chat_id)
    stock = await _stock_page(pages, chat_id, connect)
    await stock.record_growth()
    await ours.send("Count to 60")
    for chat in (ours, stock):
        await expect(chat.questions).to_have_count(1)
        await chat.answer_ends()
    assert len(await stock.growth()) >= 3
    await look_alike(stock, ours)
    async with publisher(local_stack, chat_id) as outside:
        await outside.stream(f'action="update" target="chat-{chat_id}-message-list"', "Hello World")
    await expect(stock.messages).to_have_text("Hello World")


async def _without_web_sockets(pages: Pages, stack: LocalStack, *, clock: bool = False) -> ChatPage:
    page = await pages.blank(bypass_csp=True)
    if clock:
        await page.clock.install()
    closed = free_port()
    await page.add_init_script(f"""
        window.isBlocked = true
        const Native = window.WebSocket
        window.WebSocket = class extends Native {{
          constructor(url, ...more) {{
            super(window.isBlocked ? String(url).replace(/:[0-9]+/, ":{closed}") : url, ...more)
          }}
        }}
    """)
    chat = ChatPage(page, await new_chat(stack))
    await page.goto(f"/chat/{chat.chat_id}/message/list/")
    return chat


async def _stock_page(pages: Pages, chat_id: int, connect: str) -> ChatPage:
    """The chat's page with stock Turbo in the place of the project's own script."""
    if not STOCK_TURBO.exists():
        pytest.fail("stock Turbo is not there: run `make test`, which installs it")
    page: Page = await pages.blank(bypass_csp=True)
    await page.route(re.compile(r"/static/build/.*\.js$"), _nothing)
    await page.goto(f"/chat/{chat_id}/message/list/")
    await page.add_script_tag(path=STOCK_TURBO)
    chat = ChatPage(page, chat_id)
    await chat.source.evaluate(connect)
    return chat


async def _nothing(route: Route) -> None:
    await route.fulfill(body="", content_type="text/javascript")


def _note_token(request: Request, fetched: list[str]) -> None:
    if request.url.endswith("/message/stream/"):
        fetched.append(request.url)
