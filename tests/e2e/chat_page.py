"""A chat's page as its tests see it."""

import re
from dataclasses import dataclass
from itertools import pairwise

from playwright.async_api import Locator, Page, expect

from tests.support.browser import Pages
from tests.support.http import http_client
from tests.support.local_stack import LocalStack
from tests.support.rendered import without_colours
from tests.support.stack import Services
from tests.support.waiting import until

# What the answer held in every frame that was painted: its status and the length of its text.
RECORD_GROWTH = """
(list) => {
  window.growth = []
  let isDue = false
  const look = () => {
    isDue = false
    const answer = [...list.children].findLast((child) => child.matches(".message--assistant"))
    if (!answer) return
    const parts = answer.querySelectorAll(".message__done, .message__tail")
    const length = [...parts].reduce((sum, part) => sum + part.textContent.length, 0)
    const footer = answer.querySelector(":scope > .message__footer")
    window.growth.push([footer?.dataset.status, length])
  }
  const what = { childList: true, subtree: true, characterData: true, attributes: true }
  const changed = () => {
    if (!isDue) requestAnimationFrame(look)
    isDue = true
  }
  new MutationObserver(changed).observe(list, what)
}
"""
# To the server an answer is queued until it has ended.
WRITING = {"queued", "streaming"}


@dataclass(frozen=True, slots=True)
class ChatPage:
    """One open page of a chat."""

    page: Page
    chat_id: int

    @property
    def messages(self) -> Locator:
        """The element whose children are the messages."""
        return self.page.locator(f"#chat-{self.chat_id}-message-list")

    @property
    def questions(self) -> Locator:
        """What was asked, oldest first."""
        return self.messages.locator("> .message--user")

    @property
    def answers(self) -> Locator:
        """What was answered, oldest first."""
        return self.messages.locator("> .message--assistant")

    @property
    def question_texts(self) -> Locator:
        """The words of what was asked, oldest first."""
        return self.questions.locator("> .message__done")

    @property
    def answer_texts(self) -> Locator:
        """The finished words of the answers, oldest first."""
        return self.answers.locator("> .message__done")

    @property
    def box(self) -> Locator:
        """Where a message is typed."""
        return self.page.locator("#message-content")

    @property
    def error(self) -> Locator:
        """What is wrong with the message that was sent."""
        return self.page.locator("#message-content-error")

    @property
    def connection(self) -> Locator:
        """The state of the page's socket."""
        return self.page.locator(".connection")

    @property
    def source(self) -> Locator:
        """What keeps the page on its stream."""
        return self.page.locator("#chat-source")

    @property
    def lines(self) -> Locator:
        """What `Publisher.lines` has added to the list."""
        return self.messages.locator("> .line")

    async def is_connected(self) -> None:
        """Wait until the page hears what happens, and says so."""
        await expect(self.source).to_have_attribute("connected", "")
        await expect(self.connection).to_have_attribute("data-connection", "open")

    async def is_cut_off(self) -> None:
        """Wait until the page knows that it hears nothing."""
        await expect(self.source).not_to_have_attribute("connected", "")

    async def has_lines(self, count: int) -> None:
        """Wait until the page shows every line that was published, in order, once."""
        await expect(self.lines).to_have_text([str(number) for number in range(count)])

    async def send(self, text: str) -> None:
        """Type `text` and press Enter."""
        await self.box.fill(text)
        await self.box.press("Enter")

    async def answer_is(self, status: str, *, number: int = -1) -> None:
        """Wait until an answer, the newest if no other is named, is in this state."""
        footer = self.answers.nth(number).locator("> .message__footer")
        await expect(footer).to_have_attribute("data-status", status)

    async def answer_begins(self) -> None:
        """Wait until the newest answer has its first words."""
        await self.answer_is("streaming")
        parts = self.answers.last.locator(".message__done, .message__tail")
        await expect(parts.filter(has_text=re.compile(r"\S")).first).to_be_attached()

    async def answer_ends(self) -> None:
        """Wait until the newest answer is complete."""
        await self.answer_is("complete")

    async def act(self, what: str, *, question: int | None = None) -> None:
        """Press a button of the newest answer, or of a question, by what stands on it."""
        message = self.answers.last if question is None else self.questions.nth(question)
        await message.get_by_role("button", name=what, exact=True).click()

    async def stop(self) -> None:
        """Stop the answer that is being written, by the button in the place of Send."""
        await self.page.get_by_role("button", name="Stop the answer").click()

    async def is_true(self, expression: str) -> None:
        """Wait until a JavaScript expression is true in the page, whatever its policy."""

        async def look() -> bool:
            return bool(await self.page.evaluate(expression))

        await until(look)

    async def list_html(self) -> str:
        """Return the list as it stands, with every message in it."""
        return without_colours(str(await self.messages.evaluate("(list) => list.outerHTML")))

    async def record_growth(self) -> None:
        """Note every change of the newest answer from now on."""
        await self.messages.evaluate(RECORD_GROWTH)

    async def growth(self) -> list[int]:
        """Return the lengths that the answer had grown to while it was being written."""
        seen: list[tuple[str, int]] = await self.page.evaluate("window.growth")
        lengths = [0, *(length for status, length in seen if status in WRITING)]
        return [after for before, after in pairwise(lengths) if after > before]


async def look_alike(*chats: ChatPage) -> None:
    """Wait until all pages hold the same: a fresh one may yet be told what has just ended."""

    async def are_alike() -> bool:
        return len({await chat.list_html() for chat in chats}) == 1

    await until(are_alike)


async def new_chat(stack: LocalStack | Services) -> int:
    """Start a chat as the button on every page does; its number."""
    async with http_client(stack.url) as client:
        answer = await client.post("/chat/", data={"fresh": "1"})
    return chat_number(answer.headers["location"])


async def told_chat(stack: LocalStack | Services, text: str) -> int:
    """Start a chat with a message, as a program does."""
    chat = await new_chat(stack)
    await say(stack, chat, text)
    return chat


async def say(stack: LocalStack | Services, chat: int, text: str) -> None:
    """Send a message without a browser."""
    async with http_client(stack.url) as client:
        response = await client.post(f"/chat/{chat}/message/create/", data={"content": text})
    assert response.status_code == 303


def chat_number(address: str) -> int:
    """Read the number of a chat in the address of its page."""
    found = re.search(r"/chat/(\d+)/message/list/$", address)
    assert found, address
    return int(found[1])


async def open_chat(
    pages: Pages, chat_id: int, *, viewport: tuple[int, int] = (1280, 800)
) -> ChatPage:
    """Open a page of the chat and wait until it hears what happens."""
    page = await pages.open(f"/chat/{chat_id}/message/list/", viewport=viewport)
    chat = ChatPage(page, chat_id)
    await chat.is_connected()
    return chat
