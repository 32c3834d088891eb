"""A page that gets an order to refresh."""

from tests.e2e.chat_page import ChatPage
from tests.e2e.publishing import publisher
from tests.support.local_stack import LocalStack

LIST = "**/message/list/"
REFRESH = 'action="refresh"'
# Counted where Turbo says that it has morphed the page.
COUNT_MORPHS = """() => {
  window.morphs = 0
  document.addEventListener("turbo:morph", () => (window.morphs += 1))
}"""


async def is_refreshed(chat: ChatPage, stack: LocalStack) -> None:
    """Have it told, and wait until it has done so."""
    await chat.page.evaluate(COUNT_MORPHS)
    async with publisher(stack, chat.chat_id) as outside:
        await outside.stream(REFRESH)
    await chat.is_true("morphs > 0")
