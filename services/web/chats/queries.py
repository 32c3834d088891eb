"""The SQL of chats; every statement names the account."""

from typing import Final

from services.web.chats.model import Chat
from services.web.db.pool import Connection

INSERT_CHAT: Final = "INSERT INTO chats (account_id) VALUES ($1) RETURNING id, title"
FIND_CHAT: Final = "SELECT id, title FROM chats WHERE account_id = $1 AND id = $2"
LOCK_CHAT: Final = "SELECT id, title FROM chats WHERE account_id = $1 AND id = $2 FOR UPDATE"
FIND_NEWEST_CHAT: Final = """
SELECT id, title FROM chats WHERE account_id = $1 ORDER BY id DESC LIMIT 1
"""
LIST_CHATS: Final = "SELECT id, title FROM chats WHERE account_id = $1 ORDER BY id DESC LIMIT $2"
UPDATE_TITLE: Final = "UPDATE chats SET title = $3 WHERE account_id = $1 AND id = $2"


async def insert_chat(db: Connection, *, account_id: int) -> Chat:
    """Create an empty chat."""
    row = await db.fetchrow(INSERT_CHAT, account_id)
    if row is None:
        raise LookupError("INSERT returned nothing")
    return Chat(*row)


async def find_chat(db: Connection, *, account_id: int, chat_id: int) -> Chat | None:
    """Find a chat of the account."""
    row = await db.fetchrow(FIND_CHAT, account_id, chat_id)
    return Chat(*row) if row else None


async def lock_chat(db: Connection, *, account_id: int, chat_id: int) -> Chat | None:
    """Find a chat of the account and hold it until the transaction ends."""
    row = await db.fetchrow(LOCK_CHAT, account_id, chat_id)
    return Chat(*row) if row else None


async def find_newest_chat(db: Connection, *, account_id: int) -> Chat | None:
    """Find the account's newest chat."""
    row = await db.fetchrow(FIND_NEWEST_CHAT, account_id)
    return Chat(*row) if row else None


async def list_chats(db: Connection, *, account_id: int, limit: int) -> list[Chat]:
    """List the account's chats, newest first."""
    return [Chat(*row) for row in await db.fetch(LIST_CHATS, account_id, limit)]


async def update_title(db: Connection, *, account_id: int, chat_id: int, title: str) -> None:
    """Give a chat of the account a title."""
    await db.execute(UPDATE_TITLE, account_id, chat_id, title)
