"""A chat's title: from its first message, then from a model."""

from typing import Final

from markupsafe import Markup, escape

from services.shared.markdown.words import plain_words
from services.shared.pages.turbo import update
from services.web.chats.model import ChatKey
from services.web.chats.queries import set_model_title, set_prompt_title
from services.web.db.pool import Connection

TITLE_CHARS: Final = 60
# Zero-width joiner and non-joiner are not printable alone, but emoji and Persian need them.
JOINERS: Final = "\u200c\u200d"


async def title_from_prompt(db: Connection, chat: ChatKey, text: str) -> Markup:
    """Set the title from the chat's first message; return the streams that show a new title."""
    title = fit_title(_visible(plain_words(text))) or fit_title(_visible(text))
    named = bool(title) and await set_prompt_title(db, chat, title)
    return _title_streams(chat.id, title) if named else Markup()


async def title_from_model(db: Connection, chat: ChatKey, proposed: str) -> Markup:
    """Set the title that a model proposes, if the title is still from the first message.

    Returns the streams that show the new title, empty if nothing has changed.
    """
    title = fit_title(_visible(proposed))
    renamed = bool(title) and await set_model_title(db, chat, title)
    return _title_streams(chat.id, title) if renamed else Markup()


def fit_title(text: str) -> str:
    """Return the first words of `text`, on one line, in at most 60 characters."""
    line = " ".join(text.lstrip()[: TITLE_CHARS * 8].split())
    if len(line) <= TITLE_CHARS:
        return line
    cut = line[: TITLE_CHARS - 1]
    words = cut.rpartition(" ")[0] if len(cut.rpartition(" ")[0]) > TITLE_CHARS // 2 else cut
    return f"{words.rstrip()}…"


def _visible(text: str) -> str:
    """Remove invisible characters, and those that change the direction of text beside them."""
    shown = (char if char.isprintable() or char in JOINERS else " " for char in text)
    return "".join(shown).strip(f" {JOINERS}")


def _title_streams(chat_id: int, title: str) -> Markup:
    """Write the title into the sidebar, the heading and the tab of every open page of the chat."""
    name = escape(title)
    places = {"title": name, "heading": name, "page-title": name + " · Natter"}
    return Markup().join(update(f"chat-{chat_id}-{place}", text) for place, text in places.items())
