"""A page that gets an order to refresh."""

from services.web.streams.head import FRESH_SECONDS
from tests.e2e.chat_page import ChatPage
from tests.e2e.publishing import publisher
from tests.support.local_stack import LocalStack
from tests.support.waiting import passed

LIST = "**/message/list/*"
REFRESH = 'action="refresh"'
# Counted where Turbo says that it has morphed the page.
COUNT_MORPHS = """() => {
  window.morphs = 0
  document.addEventListener("turbo:morph", () => (window.morphs += 1))
}"""


async def is_refreshed(chat: ChatPage, stack: LocalStack) -> None:
    """Tell it to refresh, and wait until it has.

    The position in a page may be a second old. What was published in that second would be applied
    again, which closes what a reader has opened in it; so that second passes first.
    """
    await passed(FRESH_SECONDS)
    await chat.page.evaluate(COUNT_MORPHS)
    async with publisher(stack, chat.chat_id) as outside:
        await outside.stream(REFRESH)
    await chat.is_true("morphs > 0")
