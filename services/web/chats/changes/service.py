"""Changes a chat and shows that on every open page, within the caller's transaction."""

from markupsafe import Markup

from services.shared.bus.subjects import chat_group
from services.shared.pages.turbo import append
from services.web.accounts.queries import lock_account
from services.web.chats.changes import queries
from services.web.chats.listing.pages import MOST_PINNED
from services.web.chats.listing.publishing import publish_reload, publish_removal, publish_top
from services.web.chats.model import UNTITLED, ChatKey
from services.web.chats.titles import publish_title
from services.web.db.outbox import publish_streams
from services.web.db.pool import Connection
from services.web.errors import NotFoundError, NotNowError
from services.web.rendering.templates import Templates


async def rename(db: Connection, chat: ChatKey, title: str | None) -> str:
    """Give a chat a title of its owner's, or its own again; return what pages show."""
    shown = await queries.rename(db, chat, title)
    if shown is None:
        raise NotFoundError
    await publish_title(db, chat, shown or UNTITLED)
    return shown or UNTITLED


async def pin(db: Connection, templates: Templates, chat: ChatKey) -> None:
    """Put a chat first in the list; raises `NotNowError` if the list has room for no more."""
    # Two tabs may pin at the same time.
    await lock_account(db, account_id=chat.account_id)
    if await queries.set_pinned(db, chat, is_pinned=True):
        if await queries.count_pinned(db, account_id=chat.account_id) > MOST_PINNED:
            raise NotNowError(f"You can pin {MOST_PINNED} chats. Unpin another one first.")
        await publish_top(db, templates, chat)


async def unpin(db: Connection, _templates: Templates, chat: ChatKey) -> None:
    """Put a chat back to its place in the list."""
    if await queries.set_pinned(db, chat, is_pinned=False):
        await publish_reload(db, account_id=chat.account_id)


async def archive(db: Connection, _templates: Templates, chat: ChatKey) -> None:
    """Put a chat aside: it can be read, and is listed in the archive alone."""
    if await queries.set_archived(db, chat, is_archived=True):
        await publish_removal(db, chat)


async def unarchive(db: Connection, _templates: Templates, chat: ChatKey) -> None:
    """Take a chat back from the archive."""
    if await queries.set_archived(db, chat, is_archived=False):
        await publish_reload(db, account_id=chat.account_id)


async def delete(db: Connection, templates: Templates, chat: ChatKey) -> Markup:
    """Delete a chat until it is purged; return the toast that takes it back.

    The chat's open pages get the toast too.
    """
    toast = toast_stream(templates, chat.id)
    if await queries.delete(db, chat):
        await publish_removal(db, chat)
        await publish_streams(db, chat_group(chat.id), toast)
    return toast


async def restore(db: Connection, chat_ids: list[int], *, account_id: int) -> None:
    """Take deleted chats back."""
    if await queries.restore(db, chat_ids, account_id=account_id):
        await publish_reload(db, account_id=account_id)


def toast_stream(templates: Templates, chat_id: int) -> Markup:
    """Say that a chat was deleted, and offer to take it back."""
    return append("toasts", templates.partial("chats/_deleted_toast.html", deleted=chat_id))
