"""Shows on every open page of an account what changes in its list of chats."""

from services.shared.bus.subjects import account_group
from services.web.chats.listing.queries import find_listed
from services.web.chats.listing.views import (
    reload_stream,
    removal_stream,
    state_stream,
    top_stream,
)
from services.web.chats.model import ChatKey
from services.web.db.outbox import publish_streams
from services.web.db.pool import Connection
from services.web.rendering.templates import Templates


async def publish_activity(db: Connection, templates: Templates, chat: ChatKey) -> None:
    """Move a chat to the top, with its state, since an answer was asked for; a pinned one stays."""
    listed = await find_listed(db, chat)
    if listed is not None:
        show = state_stream if listed.is_pinned else top_stream
        await publish_streams(db, account_group(chat.account_id), show(templates, listed))


async def publish_top(db: Connection, templates: Templates, chat: ChatKey) -> None:
    """Put a chat's row at the top of its group."""
    listed = await find_listed(db, chat)
    if listed is not None:
        group = account_group(chat.account_id)
        await publish_streams(db, group, top_stream(templates, listed))


async def publish_state(db: Connection, templates: Templates, chat: ChatKey) -> None:
    """Show whether a chat is unread or being answered."""
    listed = await find_listed(db, chat)
    if listed is not None:
        group = account_group(chat.account_id)
        await publish_streams(db, group, state_stream(templates, listed))


async def publish_removal(db: Connection, chat: ChatKey) -> None:
    """Take a chat's row away."""
    await publish_streams(db, account_group(chat.account_id), removal_stream(chat.id))


async def publish_reload(db: Connection, *, account_id: int) -> None:
    """Have the pages read their lists again, because chats have come back to their places."""
    await publish_streams(db, account_group(account_id), reload_stream())
