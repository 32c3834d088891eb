"""Every page, and what opens over it, as a reader may find it."""

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Final

from playwright.async_api import Page, expect

from tests.e2e.chat_page import ChatPage, new_chat, open_chat
from tests.support.browser import Pages
from tests.support.http import http_client
from tests.support.local_stack import LocalStack
from tests.support.waiting import until

EVERYTHING: Final = """\
## A heading

Words, **strong ones**, `code`, a [link](https://example.org/), $x^2$ and a note[^1].

```python
def double(number: int) -> int:
    return 2 * number  # a comment
```

| Name | Value | Remark |
|:--|--:|---|
| one | 1 | the first |
| two | 2 | the second |

$$\\sum_{i=0}^{n} i = \\frac{n(n+1)}{2}$$

- [x] done
- [ ] to do

> [!WARNING]
> Take care.

<details><summary>More</summary>

Hidden words.

</details>

![A picture](https://example.org/picture.png)

[^1]: What the note says.
"""
ARABIC: Final = "مرحبا بالعالم. هذا نص عربي، وفيه `code` وقائمة:\n\n- واحد\n- اثنان\n\nשלום עולם."  # noqa: RUF001 - Hebrew


@dataclass(frozen=True, slots=True)
class Stage:
    """What a scene is set up with."""

    pages: Pages
    stack: LocalStack

    async def asked(self, *questions: str) -> ChatPage:
        """Open a chat with these questions and the answers to them."""
        chat = await open_chat(self.pages, await new_chat(self.stack))
        for question in questions:
            await chat.box.fill(question)
            await chat.page.locator(".composer__send:visible").first.click()
            await expect(chat.questions.last).to_be_visible()

            async def has_ended() -> bool:
                footers = chat.answers.last.locator("> .message__footer")
                return await footers.get_attribute("data-status") in {"complete", "failed"}

            await until(has_ended)
        return chat

    async def listed(self) -> int:
        """Have a chat that the sidebar lists; return its number."""
        return (await self.asked("Count to 2")).chat_id


type Scene = Callable[[Stage], Awaitable[Page]]


def opened(path: str) -> Scene:
    """Open a page by its path."""

    async def scene(stage: Stage) -> Page:
        await stage.listed()
        return await stage.pages.open(path)

    return scene


def opened_of_chat(path: str) -> Scene:
    """Open a page of a chat by its path after the chat's number."""

    async def scene(stage: Stage) -> Page:
        return await stage.pages.open(f"/chat/{await stage.listed()}/{path}")

    return scene


async def empty_chat(stage: Stage) -> Page:
    return (await open_chat(stage.pages, await new_chat(stage.stack))).page


async def temporary_chat(stage: Stage) -> Page:
    async with http_client(stage.stack.url) as client:
        made = await client.post("/chat/", data={"temporary": "1"})
    return await stage.pages.open(made.headers["location"])


async def everything(stage: Stage) -> Page:
    chat = await stage.asked(f"/think /echo {EVERYTHING}", "/error auth", "Count to 3")
    await chat.act("Regenerate")
    await expect(chat.answers.last.locator(".message__version")).to_have_text("2/2")
    await chat.answer_ends()
    await chat.page.locator(".reasoning__summary").first.click()
    return chat.page


async def streaming(stage: Stage) -> Page:
    chat = await open_chat(stage.pages, await new_chat(stage.stack))
    await chat.send("/slow 15 Something long")
    await chat.answer_begins()
    await chat.send("And then?")
    await chat.answer_is("waiting")
    return chat.page


async def stopped(stage: Stage) -> Page:
    chat = await open_chat(stage.pages, await new_chat(stage.stack))
    await chat.send("/slow 15 Something long")
    await chat.answer_begins()
    await chat.page.get_by_role("button", name="Stop the answer").click()
    await chat.answer_is("stopped")
    return chat.page


async def editing(stage: Stage) -> Page:
    chat = await stage.asked("Count to 3")
    await chat.page.get_by_role("link", name="Edit this message").click()
    await expect(chat.page.locator(".edit__input")).to_be_focused()
    return chat.page


async def chat_menu(stage: Stage) -> Page:
    page = (await stage.asked("Count to 2")).page
    await page.locator(".header__more").click()
    await expect(page.locator("#menu .menu__item").first).to_be_visible()
    return page


async def message_menu(stage: Stage) -> Page:
    page = (await stage.asked("Count to 2")).page
    await page.locator(".message--assistant .message__more").click()
    await expect(page.locator("#menu .menu__item").first).to_be_visible()
    return page


async def renaming(stage: Stage) -> Page:
    page = (await stage.asked("Count to 2")).page
    await page.locator(".header__name").click()
    await expect(page.locator(".header__rename input")).to_be_visible()
    return page


async def just_deleted(stage: Stage) -> Page:
    page = await chat_menu(stage)
    await page.locator("#menu").get_by_role("button", name="Delete").click()
    await expect(page.locator(".toast")).to_be_visible()
    return page


async def search_dialog(stage: Stage) -> Page:
    page = (await stage.asked("Count to 2")).page
    await page.keyboard.press("Control+k")
    await page.locator("#search-dialog .search__input").fill("count")
    await expect(page.locator("#search-dialog .result").first).to_be_visible()
    return page


async def shortcuts_dialog(stage: Stage) -> Page:
    page = (await stage.asked("Count to 2")).page
    await page.locator(".message--assistant").click()
    await page.keyboard.press("?")
    await expect(page.locator("#shortcuts-dialog")).to_be_visible()
    return page


async def model_picker(stage: Stage) -> Page:
    page = (await open_chat(stage.pages, await new_chat(stage.stack))).page
    await page.locator(".composer__toolbar .picker__button").click()
    await expect(page.locator("#picker-frame .models__choice").first).to_be_visible()
    return page


async def refused(stage: Stage) -> Page:
    stage.pages.tolerate("status of 422")
    chat = await open_chat(stage.pages, await new_chat(stage.stack))
    await chat.send(" wordy" * 6_000)
    await expect(chat.error).to_have_text(re.compile("may have"))
    return chat.page


async def not_found(stage: Stage) -> Page:
    stage.pages.tolerate("status of 404")
    return await stage.pages.open("/chat/999999999/message/list/")


async def offline(stage: Stage) -> Page:
    stage.pages.tolerate("WebSocket|ERR_")
    page = await stage.pages.blank()
    await page.route_web_socket("**/ws/**", lambda socket: socket.close())
    await page.route("**/sse/**", lambda route: route.abort())
    await page.goto(f"/chat/{await stage.listed()}/message/list/")
    await expect(page.locator(".connection")).not_to_be_empty()
    return page


async def right_to_left(stage: Stage) -> Page:
    page = (await stage.asked(f"/echo {ARABIC}")).page
    await page.evaluate("document.documentElement.dir = 'rtl'")
    return page


SCENES: Final[Mapping[str, Scene]] = {
    "an empty chat": empty_chat,
    "a temporary chat": temporary_chat,
    "a chat with everything": everything,
    "an answer that grows, and one that waits": streaming,
    "an answer that was stopped": stopped,
    "a message that is edited": editing,
    "a message that was refused": refused,
    "the menu of a chat": chat_menu,
    "the menu of a message": message_menu,
    "a chat that is renamed": renaming,
    "a chat that was just deleted": just_deleted,
    "the search dialog": search_dialog,
    "the shortcuts dialog": shortcuts_dialog,
    "the model picker": model_picker,
    "no connection": offline,
    "from right to left": right_to_left,
    "search": opened("/search/?q=count"),
    "search for nothing": opened("/search/?q=qqxqq"),
    "settings": opened("/settings/"),
    "prompts": opened("/settings/prompts/"),
    "shortcuts": opened("/shortcuts/"),
    "models": opened("/models/"),
    "archived chats": opened("/chat/archived/"),
    "deleted chats": opened("/chat/deleted/"),
    "the list of chats": opened("/chat/list/"),
    "options": opened_of_chat("model/"),
    "the page of a chat's menu": opened_of_chat("menu/"),
    "the page of a rename": opened_of_chat("rename/"),
    "the composer's page": opened_of_chat("message/create/"),
    "a page that is not there": not_found,
}
