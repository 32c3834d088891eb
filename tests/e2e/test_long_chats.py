"""A long chat opens with its newest part; what is older comes without moving what is read."""

import pytest
from playwright.async_api import Locator, expect

from tests.e2e.chat_page import ChatPage, open_chat
from tests.e2e.long_chats import long_chat
from tests.e2e.publishing import publisher
from tests.e2e.refreshing import is_refreshed
from tests.support.browser import Pages
from tests.support.local_stack import LocalStack

LENGTH = 200
SMALL = (900, 500)
# Goes to the message and says where it stands in the scroller at the start of each frame from then
# on. It asks for the frame before anything that going there sets off: what that adds in a frame has
# its place again only at the frame's end.
GO_AND_RECORD_PLACES = """(it) => {
  window.places = []
  const scroller = document.querySelector(".transcript__scroller")
  const look = () => {
    const { top } = it.getBoundingClientRect()
    window.places.push([Math.round(top), Math.round(scroller.scrollTop)])
    requestAnimationFrame(look)
  }
  it.scrollIntoView()
  requestAnimationFrame(look)
}"""
NODES = "document.querySelectorAll('*').length"


@pytest.fixture
async def chat_and_first(pages: Pages, local_stack: LocalStack) -> tuple[ChatPage, int]:
    """A page of a long chat, and the id of its first message."""
    number, first = await long_chat(local_stack, LENGTH)
    return await open_chat(pages, number, viewport=SMALL), first


async def test_a_long_chat_opens_at_its_end_with_few_nodes(
    chat_and_first: tuple[ChatPage, int],
) -> None:
    chat, first = chat_and_first
    await expect(_message(chat, first + LENGTH - 1)).to_be_in_viewport()
    assert await _shown(chat) == list(range(first + LENGTH - 60, first + LENGTH))
    assert await chat.page.evaluate(NODES) < 2000


async def test_older_messages_come_near_the_upper_end_and_move_nothing(
    chat_and_first: tuple[ChatPage, int],
) -> None:
    chat, first = chat_and_first
    read = first + LENGTH - 58
    await _message(chat, read).evaluate(GO_AND_RECORD_PLACES)
    await _has(chat, 120)
    await _paint(chat, 10)
    places = await chat.page.evaluate("window.places")
    assert len({top for top, _ in places}) == 1, places
    assert len({scrolled for _, scrolled in places}) > 1
    await _go_to(chat, first + LENGTH - 118)
    await _has(chat, 180)
    await _go_to(chat, first + LENGTH - 178)
    await _has(chat, LENGTH)
    assert await _shown(chat) == list(range(first, first + LENGTH))
    await expect(chat.page.locator("#older")).to_have_count(0)


async def test_a_refresh_keeps_what_was_loaded_and_where_the_reader_is(
    chat_and_first: tuple[ChatPage, int], local_stack: LocalStack
) -> None:
    chat, first = chat_and_first
    await _go_to(chat, first + LENGTH - 58)
    await _has(chat, 120)
    read = first + LENGTH - 70
    await _go_to(chat, read)
    before = await _place(chat, read)
    await is_refreshed(chat, local_stack)
    assert (await _shown(chat))[0] == first + LENGTH - 120
    assert await _place(chat, read) == before


async def test_of_very_much_that_was_loaded_a_refresh_keeps_what_is_around_the_reader(
    pages: Pages, local_stack: LocalStack
) -> None:
    number, first = await long_chat(local_stack, 400)
    chat = await open_chat(pages, number, viewport=SMALL)
    for count in (60, 120, 180, 240):
        await _go_to(chat, first + 400 - count + 2)
        await _has(chat, count + 60)
    read = first + 110
    await _go_to(chat, read)
    before = await _place(chat, read)
    await is_refreshed(chat, local_stack)
    assert await _place(chat, read) == before
    shown = await _shown(chat)
    assert (len(shown), shown[0] < read < shown[-1]) == (180, True)
    await expect(chat.page.locator("#newer")).to_be_attached()


async def test_a_link_leads_to_a_message_and_from_there_to_the_newest(
    pages: Pages, local_stack: LocalStack
) -> None:
    number, first = await long_chat(local_stack, LENGTH)
    page = await pages.open(f"/chat/{number}/message/list/?around={first + 80}", viewport=SMALL)
    chat = ChatPage(page, number)
    await chat.is_connected()
    await expect(page.locator(".message:target")).to_have_id(f"message_{first + 80}")
    await expect(_message(chat, first + 80)).to_be_in_viewport()
    await _go_to(chat, first + 107)
    await _has(chat, 120)
    assert await _shown(chat) == list(range(first + 50, first + 170))
    await page.get_by_role("button", name="Jump to newest").click()
    await expect(_message(chat, first + LENGTH - 1)).to_be_in_viewport()


async def test_what_is_sent_from_an_older_part_is_shown_at_the_end(
    pages: Pages, local_stack: LocalStack
) -> None:
    number, first = await long_chat(local_stack, LENGTH)
    page = await pages.open(f"/chat/{number}/message/list/?around={first}", viewport=SMALL)
    chat = ChatPage(page, number)
    await chat.is_connected()
    await chat.send("Count to 3")
    await expect(chat.question_texts.last).to_have_text("Count to 3")
    await chat.answer_ends()
    assert (await _shown(chat))[:1] == [first + LENGTH + 2 - 60]


async def test_what_is_added_live_stays_behind_what_is_missing(
    pages: Pages, local_stack: LocalStack
) -> None:
    number, first = await long_chat(local_stack, 120)
    page = await pages.open(f"/chat/{number}/message/list/?around={first}", viewport=SMALL)
    chat = ChatPage(page, number)
    await chat.is_connected()
    last = first + 119
    async with publisher(local_stack, number) as outside:
        added = f'<article id="message_{last}" class="message">Number 120</article>'
        await outside.stream(f'action="append" target="chat-{number}-message-list"', added)
    await expect(_message(chat, last)).to_be_attached()
    await _go_to(chat, first + 57)
    await _has(chat, 120)
    assert await _shown(chat) == list(range(first, first + 120))


async def test_without_javascript_links_lead_to_the_older_and_back(
    pages: Pages, local_stack: LocalStack
) -> None:
    number, first = await long_chat(local_stack, LENGTH)
    page = await pages.open(f"/chat/{number}/message/list/", javascript=False, viewport=SMALL)
    chat = ChatPage(page, number)
    await page.get_by_role("link", name="Older messages").click()
    await expect(_message(chat, first + 80)).to_be_attached()
    await expect(_message(chat, first + LENGTH - 1)).to_have_count(0)
    await page.get_by_role("link", name="Newer messages").click()
    await expect(_message(chat, first + LENGTH - 1)).to_be_attached()


def _message(chat: ChatPage, number: int) -> Locator:
    return chat.page.locator(f"#message_{number}")


async def _go_to(chat: ChatPage, number: int) -> None:
    await _message(chat, number).evaluate("(it) => it.scrollIntoView()")


async def _place(chat: ChatPage, number: int) -> int:
    top: float = await _message(chat, number).evaluate("(it) => it.getBoundingClientRect().top")
    return round(top)


async def _shown(chat: ChatPage) -> list[int]:
    ids: list[str] = await chat.messages.evaluate(
        "(list) => [...list.children].filter((it) => it.matches('.message')).map((it) => it.id)"
    )
    return [int(each.removeprefix("message_")) for each in ids]


async def _has(chat: ChatPage, count: int) -> None:
    await expect(chat.messages.locator("> .message")).to_have_count(count)


async def _paint(chat: ChatPage, frames: int) -> None:
    for _ in range(frames):
        await chat.page.evaluate("new Promise(requestAnimationFrame)")
