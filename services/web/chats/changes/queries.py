"""The SQL of changes of a chat; every statement names the account, or returns it."""

from typing import Final

from services.web.chats.model import ChatKey
from services.web.db.pool import Connection

RENAME: Final = """
UPDATE chats SET given_title = $3 WHERE account_id = $1 AND id = $2 AND deleted_at IS NULL
RETURNING coalesce(given_title, title, '')
"""
SET_PINNED: Final = """
UPDATE chats SET pinned_at = CASE WHEN $3::boolean THEN now() END
WHERE account_id = $1 AND id = $2 AND deleted_at IS NULL AND (pinned_at IS NOT NULL) <> $3
RETURNING id
"""
SET_ARCHIVED: Final = """
UPDATE chats SET archived_at = CASE WHEN $3::boolean THEN now() END,
    pinned_at = CASE WHEN $3 THEN NULL ELSE pinned_at END
WHERE account_id = $1 AND id = $2 AND deleted_at IS NULL AND (archived_at IS NOT NULL) <> $3
RETURNING id
"""
SET_DELETED: Final = """
UPDATE chats SET deleted_at = CASE WHEN $3::boolean THEN now() END
WHERE account_id = $1 AND id = $2 AND (deleted_at IS NOT NULL) <> $3
RETURNING id
"""
SET_UNREAD: Final = """
UPDATE chats SET is_unread = $3 WHERE account_id = $1 AND id = $2 AND is_unread <> $3
RETURNING id
"""
IS_DELETED: Final = """
SELECT deleted_at IS NOT NULL FROM chats WHERE account_id = $1 AND id = $2
"""
LIST_EXPIRED: Final = """
SELECT account_id, id FROM chats
WHERE deleted_at < now() - make_interval(days => $1)
    OR is_temporary AND coalesce(active_at, created_at) < now() - make_interval(days => $2)
ORDER BY id LIMIT $3
"""
PURGE: Final = """
DELETE FROM chats WHERE account_id = $1 AND id = $2 AND (deleted_at IS NOT NULL OR is_temporary)
"""


async def rename(db: Connection, chat: ChatKey, title: str | None) -> str | None:
    """Give a chat a title of its owner's, or with None its own; return the title it now has.

    None if the chat is gone; the title is empty before the first message.
    """
    shown: str | None = await db.fetchval(RENAME, chat.account_id, chat.id, title)
    return shown


async def set_pinned(db: Connection, chat: ChatKey, *, is_pinned: bool) -> bool:
    """Pin a chat or unpin it; False if nothing has changed."""
    return await db.fetchval(SET_PINNED, chat.account_id, chat.id, is_pinned) is not None


async def set_archived(db: Connection, chat: ChatKey, *, is_archived: bool) -> bool:
    """Archive a chat, which unpins it, or take it back; False if nothing has changed."""
    return await db.fetchval(SET_ARCHIVED, chat.account_id, chat.id, is_archived) is not None


async def set_deleted(db: Connection, chat: ChatKey, *, is_deleted: bool) -> bool:
    """Delete a chat until it is purged, or restore it; False if nothing has changed."""
    return await db.fetchval(SET_DELETED, chat.account_id, chat.id, is_deleted) is not None


async def set_unread(db: Connection, chat: ChatKey, *, is_unread: bool) -> bool:
    """Mark a chat as unread or as read; False if nothing has changed."""
    return await db.fetchval(SET_UNREAD, chat.account_id, chat.id, is_unread) is not None


async def is_deleted(db: Connection, chat: ChatKey) -> bool | None:
    """Return whether a chat of the account is deleted; None if there is none."""
    found: bool | None = await db.fetchval(IS_DELETED, chat.account_id, chat.id)
    return found


async def list_expired(
    db: Connection, *, deleted_days: int, temporary_days: int, limit: int
) -> list[ChatKey]:
    """List chats that were deleted, or temporary ones last active, longer ago than that."""
    rows = await db.fetch(LIST_EXPIRED, deleted_days, temporary_days, limit)
    return [ChatKey(*row) for row in rows]


async def purge(db: Connection, chat: ChatKey) -> None:
    """Remove a chat that is deleted or temporary, with everything in it."""
    await db.execute(PURGE, chat.account_id, chat.id)
