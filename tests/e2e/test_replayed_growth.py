"""A page that goes back in its stream reads growth again that it has, and stays as it is."""

import pytest

from services.shared.markdown import Change, Splitter
from tests.e2e.chat_page import ChatPage, new_chat, open_chat
from tests.e2e.publishing import Publisher, publisher
from tests.support.browser import Pages
from tests.support.local_stack import LocalStack

PIECE = 9
PREFIX = "message_0"
GROWING = {
    "list": "Before\n\n" + "".join(f"{n}. item *{n}*\n" for n in range(1, 12)) + "\nAfter\n",
    "nested list": "".join(f"- item\n  - inner {n}\n" for n in range(6)) + "\nAfter\n",
    "table": "| a | b |\n|---|--:|\n" + "".join(f"| x | {n} |\n" for n in range(8)) + "\nAfter\n",
    "code": "```python\n" + "".join(f"print({n})\n" for n in range(9)) + "```\n\nAfter\n",
    "open code": "```python\n" + "".join(f"print({n})\n" for n in range(9)) + "pri",
    "quotation": "".join(f"> words {n}\n>\n" for n in range(6)) + "\nAfter\n",
}
ARTICLE = (
    f'<article id="{PREFIX}" class="message message--assistant">'
    f'<div id="{PREFIX}_done" class="message__done prose"></div>'
    f'<div id="{PREFIX}_tail" class="message__tail prose"></div></article>'
)


@pytest.mark.parametrize("kind", GROWING)
async def test_growth_that_is_read_again_changes_nothing(
    pages: Pages, local_stack: LocalStack, kind: str
) -> None:
    changes = _changes(GROWING[kind])
    chat = await open_chat(pages, await new_chat(local_stack))
    async with publisher(local_stack, chat.chat_id) as outside:
        await outside.stream(f'action="append" target="chat-{chat.chat_id}-message-list"', ARTICLE)
        await _publish(outside, changes)
        shown = await _shown(chat, outside)
        for start in range(0, len(changes), 7):
            await _publish(outside, changes[start:])
        assert await _shown(chat, outside) == shown


def _changes(text: str) -> list[Change]:
    splitter = Splitter(PREFIX)
    pieces = (text[start : start + PIECE] for start in range(0, len(text), PIECE))
    return [change for piece in pieces for change in splitter.feed(piece)]


async def _publish(outside: Publisher, changes: list[Change]) -> None:
    for change in changes:
        attributes = f'action="{change.action}" target="{change.target}"'
        await outside.stream(attributes, str(change.html))


async def _shown(chat: ChatPage, outside: Publisher) -> str:
    """Wait until the page has rendered all that was published, and return the message."""
    await outside.lines(1)
    await chat.has_lines(outside.published)
    return str(await chat.messages.locator(f"#{PREFIX}").evaluate("(it) => it.outerHTML"))
