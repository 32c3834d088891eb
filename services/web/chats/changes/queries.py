"""The SQL of changes of a chat; every statement names the account, or returns it."""

from typing import Final

from services.web.chats.model import ChatKey
from services.web.db.pool import Connection

_expired: Final = """(deleted_at < now() - interval '30 days'
    OR is_temporary AND coalesce(active_at, created_at) < now() - interval '1 day')"""

RENAME: Final = """
UPDATE chats SET given_title = $3 WHERE account_id = $1 AND id = $2 AND deleted_at IS NULL
RETURNING coalesce(given_title, title, '')
"""
SET_PINNED: Final = """
UPDATE chats SET pinned_at = CASE WHEN $3::boolean THEN now() END
WHERE account_id = $1 AND id = $2 AND deleted_at IS NULL AND (pinned_at IS NOT NULL) <> $3
RETURNING id
"""
COUNT_PINNED: Final = """
SELECT count(*) FROM chats WHERE account_id = $1 AND pinned_at IS NOT NULL
"""
SET_ARCHIVED: Final = """
UPDATE chats SET archived_at = CASE WHEN $3::boolean THEN now() END,
    pinned_at = CASE WHEN $3 THEN NULL ELSE pinned_at END
WHERE account_id = $1 AND id = $2 AND deleted_at IS NULL AND (archived_at IS NOT NULL) <> $3
RETURNING id
"""
DELETE: Final = """
UPDATE chats SET deleted_at = now() WHERE account_id = $1 AND id = $2 AND deleted_at IS NULL
RETURNING id
"""
# Locked in one order, so that two tabs do not wait for each other's chats.
RESTORE: Final = """
UPDATE chats SET deleted_at = NULL
WHERE account_id = $1 AND id IN (
    SELECT id FROM chats
    WHERE account_id = $1 AND id = ANY($2::bigint[]) AND deleted_at IS NOT NULL
    ORDER BY id FOR NO KEY UPDATE
)
RETURNING id
"""
SET_UNREAD: Final = """
UPDATE chats SET is_unread = $3 WHERE account_id = $1 AND id = $2 AND is_unread <> $3
RETURNING id
"""
IS_DELETED: Final = """
SELECT deleted_at IS NOT NULL FROM chats WHERE account_id = $1 AND id = $2
"""
LIST_EXPIRED: Final = f"SELECT account_id, id FROM chats WHERE {_expired} ORDER BY id LIMIT $1"  # noqa: S608 - a constant
# Since the chat was listed, it may have been restored, or somebody may have written in it.
PURGE: Final = f"DELETE FROM chats WHERE account_id = $1 AND id = $2 AND {_expired}"  # noqa: S608 - a constant


async def rename(db: Connection, chat: ChatKey, title: str | None) -> str | None:
    """Give a chat a title of its owner's, or with None its own; return the title it now has.

    None if the chat is gone; the title is empty before the first message.
    """
    shown: str | None = await db.fetchval(RENAME, chat.account_id, chat.id, title)
    return shown


async def set_pinned(db: Connection, chat: ChatKey, *, is_pinned: bool) -> bool:
    """Pin a chat or unpin it; False if nothing has changed."""
    return await db.fetchval(SET_PINNED, chat.account_id, chat.id, is_pinned) is not None


async def count_pinned(db: Connection, *, account_id: int) -> int:
    """Count the account's pinned chats, with those that come back pinned when restored."""
    counted: int = await db.fetchval(COUNT_PINNED, account_id)
    return counted


async def set_archived(db: Connection, chat: ChatKey, *, is_archived: bool) -> bool:
    """Archive a chat, which unpins it, or take it back; False if nothing has changed."""
    return await db.fetchval(SET_ARCHIVED, chat.account_id, chat.id, is_archived) is not None


async def delete(db: Connection, chat: ChatKey) -> bool:
    """Delete a chat until it is purged; False if nothing has changed."""
    return await db.fetchval(DELETE, chat.account_id, chat.id) is not None


async def restore(db: Connection, chat_ids: list[int], *, account_id: int) -> bool:
    """Take deleted chats of the account back; False if nothing has changed."""
    return await db.fetchval(RESTORE, account_id, chat_ids) is not None


async def set_unread(db: Connection, chat: ChatKey, *, is_unread: bool) -> bool:
    """Mark a chat as unread or as read; False if nothing has changed."""
    return await db.fetchval(SET_UNREAD, chat.account_id, chat.id, is_unread) is not None


async def is_deleted(db: Connection, chat: ChatKey) -> bool | None:
    """Return whether a chat of the account is deleted; None if there is none."""
    found: bool | None = await db.fetchval(IS_DELETED, chat.account_id, chat.id)
    return found


async def list_expired(db: Connection, *, limit: int) -> list[ChatKey]:
    """List chats that were deleted 30 days ago, and temporary ones last active a day ago."""
    return [ChatKey(*row) for row in await db.fetch(LIST_EXPIRED, limit)]


async def purge(db: Connection, chat: ChatKey) -> None:
    """Remove a chat with everything in it, if `list_expired` would still list it."""
    await db.execute(PURGE, chat.account_id, chat.id)
