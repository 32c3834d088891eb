"""The SQL of lists of chats; every statement names the account."""

from typing import Final

from services.web.chats.listing.model import KeptChat, ListedChat, Place
from services.web.chats.model import ChatKey
from services.web.db.pool import Connection


def listed(condition: str) -> str:
    """Return a statement that lists chats: all but empty, temporary, archived and deleted ones.

    Where answers wait, one is queued, and an index finds that without the chat's other messages.
    """
    return f"""
SELECT id, coalesce(given_title, title) AS title, pinned_at IS NOT NULL AS is_pinned, is_unread,
    EXISTS (SELECT FROM messages WHERE chat_id = chats.id AND status = 'queued')
        OR EXISTS (SELECT FROM messages WHERE chat_id = chats.id AND status = 'waiting')
        AS is_answering,
    coalesce(active_at, created_at) AS active_at
FROM chats
WHERE account_id = $1 AND deleted_at IS NULL AND archived_at IS NULL AND NOT is_temporary
    AND active_at IS NOT NULL AND {condition}
"""  # noqa: S608 - the conditions are constants


FIND_LISTED: Final = listed("id = $2")
LIST_PINNED: Final = listed("pinned_at IS NOT NULL ORDER BY pinned_at DESC, id DESC LIMIT $2")
LIST_NEWEST: Final = listed("""pinned_at IS NULL
ORDER BY coalesce(active_at, created_at) DESC, id DESC LIMIT $2""")
LIST_BEFORE: Final = listed("""pinned_at IS NULL
    AND (coalesce(active_at, created_at), id) < ($2::timestamptz, $3::bigint)
ORDER BY coalesce(active_at, created_at) DESC, id DESC LIMIT $4""")
LIST_ARCHIVED: Final = """
SELECT id, coalesce(given_title, title) AS title, archived_at AS kept_at FROM chats
WHERE account_id = $1 AND archived_at IS NOT NULL AND deleted_at IS NULL
    AND ($2::timestamptz IS NULL OR (archived_at, id) < ($2, $3::bigint))
ORDER BY archived_at DESC, id DESC LIMIT $4
"""
LIST_DELETED: Final = """
SELECT id, coalesce(given_title, title) AS title, deleted_at AS kept_at FROM chats
WHERE account_id = $1 AND deleted_at IS NOT NULL AND NOT is_temporary
    AND ($2::timestamptz IS NULL OR (deleted_at, id) < ($2, $3::bigint))
ORDER BY deleted_at DESC, id DESC LIMIT $4
"""


async def find_listed(db: Connection, chat: ChatKey) -> ListedChat | None:
    """Find a chat of the account as the list shows it; None if it is not listed."""
    row = await db.fetchrow(FIND_LISTED, chat.account_id, chat.id)
    return ListedChat(*row) if row else None


async def list_pinned(db: Connection, *, account_id: int, limit: int) -> list[ListedChat]:
    """List the account's pinned chats, the last one that was pinned first."""
    return [ListedChat(*row) for row in await db.fetch(LIST_PINNED, account_id, limit)]


async def list_newest(db: Connection, *, account_id: int, limit: int) -> list[ListedChat]:
    """List the account's chats that are not pinned, the last active one first."""
    return [ListedChat(*row) for row in await db.fetch(LIST_NEWEST, account_id, limit)]


async def list_before(
    db: Connection, place: Place, *, account_id: int, limit: int
) -> list[ListedChat]:
    """List those that follow `place`."""
    rows = await db.fetch(LIST_BEFORE, account_id, place.time, place.id, limit)
    return [ListedChat(*row) for row in rows]


async def list_kept(
    db: Connection, place: Place | None, *, account_id: int, are_deleted: bool, limit: int
) -> list[KeptChat]:
    """List the account's deleted or archived chats after `place`, the last put aside first."""
    statement = LIST_DELETED if are_deleted else LIST_ARCHIVED
    values = (place.time, place.id) if place else (None, None)
    return [KeptChat(*row) for row in await db.fetch(statement, account_id, *values, limit)]
