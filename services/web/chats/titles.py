"""A chat's title: from its first message, then from a model, or from its owner."""

from typing import Final

from markupsafe import Markup, escape

from services.shared.bus.subjects import account_group, chat_group
from services.shared.markdown.words import plain_words
from services.shared.pages.turbo import update
from services.web.chats.listing.views import title_stream
from services.web.chats.model import ChatKey
from services.web.chats.queries import set_model_title, set_prompt_title
from services.web.db.outbox import publish_streams
from services.web.db.pool import Connection

TITLE_CHARS: Final = 60
# Zero-width joiner and non-joiner are not printable alone, but emoji and Persian need them.
JOINERS: Final = "\u200c\u200d"


async def title_from_prompt(db: Connection, chat: ChatKey, text: str) -> Markup:
    """Set the title from the chat's first message; return the streams for the chat's pages."""
    title = fit_title(visible(plain_words(text))) or fit_title(visible(text))
    named = bool(title) and await set_prompt_title(db, chat, title)
    return heading_streams(chat.id, title) if named else Markup()


async def title_from_model(db: Connection, chat: ChatKey, proposed: str) -> bool:
    """Set the title that a model proposes, and show it.

    False if the title is no longer from the first message, or its owner's is shown.
    """
    title = fit_title(visible(proposed))
    if not title or not await set_model_title(db, chat, title):
        return False
    await publish_title(db, chat, title)
    return True


async def publish_title(db: Connection, chat: ChatKey, title: str) -> None:
    """Write a title into the chat's row, and into the heading and the tab of its pages."""
    await publish_streams(db, account_group(chat.account_id), title_stream(chat.id, title))
    await publish_streams(db, chat_group(chat.id), heading_streams(chat.id, title))


def heading_streams(chat_id: int, title: str) -> Markup:
    """Write a title into the heading and the tab of every open page of the chat."""
    name = escape(title)
    heading = update(f"chat-{chat_id}-heading", name)
    return heading + update(f"chat-{chat_id}-page-title", name + " · Natter")


def fit_title(text: str) -> str:
    """Return the first words of `text`, on one line, in at most 60 characters."""
    line = " ".join(text.lstrip()[: TITLE_CHARS * 8].split())
    if len(line) <= TITLE_CHARS:
        return line
    cut = line[: TITLE_CHARS - 1]
    words = cut.rpartition(" ")[0] if len(cut.rpartition(" ")[0]) > TITLE_CHARS // 2 else cut
    return f"{words.rstrip()}…"


def visible(text: str) -> str:
    """Remove invisible characters, and those that change the direction of text beside them."""
    shown = (char if char.isprintable() or char in JOINERS else " " for char in text)
    return "".join(shown).strip(f" {JOINERS}")
