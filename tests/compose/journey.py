"""A person's way through the pages, in a real browser, by the stack's proxy."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from tests.compose.project import Project
from tests.e2e.chat_page import ChatPage, chat_number, look_alike
from tests.support.browser import Pages

# What a browser writes into its console while a part is away.
OUTAGE: Final = (
    r"WebSocket connection to .* failed",
    r"status of 50[234]",
    r"^failed request: .*net::ERR_(CONNECTION|EMPTY|INCOMPLETE|NETWORK|SOCKET)",
    r"net::ERR_(CONNECTION|EMPTY|INCOMPLETE|NETWORK|SOCKET)",
)


async def enter(pages: Pages, project: Project) -> ChatPage:
    """Open the site as somebody does who types its address."""
    page = await pages.open(f"{project.url}/")
    chat = ChatPage(page, chat_number(page.url))
    await chat.is_connected()
    return chat


async def open_chat(pages: Pages, project: Project, chat_id: int) -> ChatPage:
    """Open a page of this chat."""
    page = await pages.open(f"{project.url}/chat/{chat_id}/message/list/")
    chat = ChatPage(page, chat_id)
    await chat.is_connected()
    return chat


async def begin_chat(pages: Pages, project: Project) -> ChatPage:
    """Press the button for a new chat."""
    first = await enter(pages, project)
    # A chat without a message is the next new one, so the address may stay the same.
    async with first.page.expect_navigation():
        await first.page.locator(".sidebar__new").get_by_role("button", name="New chat").click()
    chat = ChatPage(first.page, chat_number(first.page.url))
    await chat.is_connected()
    return chat


async def journey(pages: Pages, project: Project) -> ChatPage:
    """Ask and be answered, look on in a second tab, stop an answer, load the page again."""
    chat = await begin_chat(pages, project)
    other = await open_chat(pages, project, chat.chat_id)
    await other.record_growth()
    await chat.send("Show me some code")
    await other.answer_begins()
    for each in (chat, other):
        await each.answer_ends()
    assert len(await other.growth()) > 3
    await chat.send("/slow 20 Please count to 300")
    await chat.answer_begins()
    await other.stop()
    for each in (chat, other):
        await each.answer_is("stopped")
    await look_alike(chat, other)
    before = await chat.list_html()
    await chat.page.reload()
    await chat.is_connected()
    assert await chat.list_html() == before
    return chat


@asynccontextmanager
async def staying(pages: Pages, project: Project) -> AsyncIterator[ChatPage]:
    """Keep a page open while the body runs; nobody loads it again, and it is right at the end."""
    for pattern in OUTAGE:
        pages.tolerate(pattern)
    chat = await begin_chat(pages, project)
    await chat.page.evaluate("window.stayed = true")
    await chat.send("/slow 30 Please count to 300")
    await chat.answer_begins()
    yield chat
    await chat.is_connected()
    await chat.answer_ends()
    assert await chat.page.evaluate("window.stayed") is True
    await look_alike(chat, await open_chat(pages, project, chat.chat_id))
