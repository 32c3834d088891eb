"""Marks chats as unread when an answer ends, and as read when somebody sees it."""

from services.web.chats.changes.queries import set_unread
from services.web.chats.listing.publishing import publish_state
from services.web.chats.model import ChatKey
from services.web.db.pool import Connection, Pool, transaction
from services.web.db.relay import Relay
from services.web.rendering.templates import Templates


async def note_end(db: Connection, templates: Templates, chat: ChatKey, *, is_news: bool) -> None:
    """Show that an answer of the chat has ended; the chat is unread if that `is_news`."""
    if is_news:
        await set_unread(db, chat, is_unread=True)
    await publish_state(db, templates, chat)


async def see(pool: Pool, relay: Relay, templates: Templates, chat: ChatKey) -> None:
    """Mark the chat as read on every open page: somebody looks at it."""
    async with transaction(pool) as db:
        if not await set_unread(db, chat, is_unread=False):
            return
        await publish_state(db, templates, chat)
    relay.wake()
