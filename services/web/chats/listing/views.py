"""The rows of the list of chats, as HTML and as Turbo Streams."""

from markupsafe import Markup, escape

from services.shared.pages.turbo import prepend, remove, update
from services.web.chats.listing.model import ListedChat
from services.web.rendering.templates import Templates

RELOAD: Markup = Markup('<span data-sidebar-target="reload"></span>')


def row_element(chat_id: int) -> str:
    """Name the element of a chat's row."""
    return f"chat_{chat_id}_row"


def top_stream(templates: Templates, chat: ListedChat) -> Markup:
    """Put a chat's row at the top of its group; the page takes away the row that it has."""
    group = "pinned" if chat.is_pinned else "today"
    row = templates.partial("chats/_row.html", item=chat, chat=None)
    return prepend(f"chats-{group}-list", row)


def state_stream(templates: Templates, chat: ListedChat) -> Markup:
    """Show whether a chat is unread or being answered."""
    return update(f"chat_{chat.id}_state", templates.partial("chats/_state.html", item=chat))


def title_stream(chat_id: int, title: str) -> Markup:
    """Write a title into the chat's row."""
    return update(f"chat-{chat_id}-title", escape(title))


def removal_stream(chat_id: int) -> Markup:
    """Take a chat's row away."""
    return remove(row_element(chat_id))


def reload_stream() -> Markup:
    """Have each page read its list again, because a row's place depends on the reader's clock."""
    return update("chats-reload", RELOAD)
