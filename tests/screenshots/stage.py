"""Where a scene is played: one page of the running stack, and the chats that are stored there."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from playwright.async_api import Page

from tests.screenshots.looks import Look
from tests.support.site import Site
from tests.support.stored_chats import StoredChat, StoredTurn, store_chats

_FORGET: Final = "UPDATE chats SET deleted_at = now() WHERE id = ANY($1)"


@dataclass(frozen=True, slots=True)
class Stage:
    """A blank page, looked at in one way; `chats` are the stored ones by their key."""

    site: Site
    page: Page
    look: Look
    chats: Mapping[str, int]
    own_chats: list[int]
    """Those that the scene has made; no other picture shows them."""

    async def open(self, path: str) -> None:
        """Load a page."""
        await self.page.goto(path)

    async def open_chat(self, chat: int) -> None:
        """Load a chat's page, and wait until it hears what happens."""
        await self.open(f"/chat/{chat}/message/list/")
        if self.look.javascript:
            await self.page.locator("#chat-source[connected]").wait_for(state="attached")

    async def empty_chat(self) -> int:
        """Begin a chat of the scene's own."""
        self.own_chats.append(chat := await self.site.new_chat())
        return chat

    async def stored_chat(self, title: str, *turns: StoredTurn) -> int:
        """Store a chat of the scene's own."""
        chat = StoredChat(title=title, turns=turns, at=datetime.now(UTC))
        self.own_chats.extend(await store_chats(self.site.db, self.site.account_id, [chat]))
        return self.own_chats[-1]

    async def ask(self, chat: int, question: str) -> None:
        """Send a question from elsewhere, so that the page is as without a keyboard."""
        await self.site.ask(chat, question)

    async def clear(self) -> None:
        """Take the scene's own chats off the sidebar."""
        await self.site.db.execute(_FORGET, self.own_chats)


type Scene = Callable[[Stage], Awaitable[None]]
"""Brings a page to where its picture is taken."""
