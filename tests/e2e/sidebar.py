"""The list of chats beside a page, as its tests see it."""

from dataclasses import dataclass

from playwright.async_api import Locator, Page, expect


@dataclass(frozen=True, slots=True)
class Sidebar:
    """The list of chats of one open page."""

    page: Page

    @property
    def menu(self) -> Locator:
        """The menu of a chat."""
        return self.page.locator("#menu")

    @property
    def toasts(self) -> Locator:
        """What the page says for a while."""
        return self.page.locator("#toasts .toast")

    def rows(self, group: str) -> Locator:
        """The titles in a group, in order."""
        return self.page.locator(f"#chats-{group}-list .chat-link__title")

    def row(self, chat: int) -> Locator:
        """The row of a chat."""
        return self.page.locator(f"#chat_{chat}_row")

    def link(self, chat: int) -> Locator:
        """The link to a chat."""
        return self.row(chat).locator(".chat-link")

    def more(self, chat: int) -> Locator:
        """What opens the menu of a chat."""
        return self.row(chat).locator(".chat-row__more")

    def title(self, chat: int) -> Locator:
        """The title in a chat's row."""
        return self.page.locator(f"#chat-{chat}-title")

    async def is_live(self) -> None:
        """Wait until the page hears what happens to the account's chats."""
        await expect(self.page.locator("#account-source")).to_have_attribute("connected", "")

    async def open_menu(self, chat: int) -> None:
        """Open the menu of a chat by the keyboard, and wait until it has the focus."""
        await self.more(chat).press("Enter")
        await expect(self.menu.locator(".menu__item").first).to_be_focused()

    async def act(self, chat: int, what: str) -> None:
        """Do something from the menu of a chat."""
        await self.open_menu(chat)
        await self.menu.get_by_text(what, exact=True).click()
