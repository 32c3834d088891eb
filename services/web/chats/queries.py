"""The SQL of chats; every statement names the account."""

from typing import Final

from services.web.chats.model import Chat, ChatKey
from services.web.db.pool import Connection

INSERT_CHAT: Final = "INSERT INTO chats (account_id) VALUES ($1) RETURNING id, title"
FIND_CHAT: Final = "SELECT id, title FROM chats WHERE account_id = $1 AND id = $2"
LOCK_CHAT: Final = "SELECT id, title FROM chats WHERE account_id = $1 AND id = $2 FOR UPDATE"
FIND_NEWEST_CHAT: Final = """
SELECT id, title FROM chats WHERE account_id = $1 ORDER BY id DESC LIMIT 1
"""
LIST_CHATS: Final = "SELECT id, title FROM chats WHERE account_id = $1 ORDER BY id DESC LIMIT $2"
NAME_CHAT: Final = """
UPDATE chats SET title = $3, title_source = 'prompt'
WHERE account_id = $1 AND id = $2 AND title_source = 'none'
RETURNING id
"""
COUNT_TITLE_TRY: Final = """
UPDATE chats SET title_tries = title_tries + 1
WHERE account_id = $1 AND id = $2 AND title_source = 'prompt' AND title_tries < $3
RETURNING id
"""
RENAME_CHAT: Final = """
UPDATE chats SET title = $2, title_source = 'model' WHERE id = $1 AND title_source = 'prompt'
RETURNING id
"""


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


async def lock_chat(db: Connection, chat: ChatKey) -> Chat | None:
    """Find a chat of the account and hold it until the transaction ends."""
    row = await db.fetchrow(LOCK_CHAT, chat.account_id, chat.id)
    return Chat(*row) if row else None


async def find_newest_chat(db: Connection, *, account_id: int) -> Chat | None:
    """Find the account's newest chat."""
    row = await db.fetchrow(FIND_NEWEST_CHAT, account_id)
    return Chat(*row) if row else None


async def list_chats(db: Connection, *, account_id: int, limit: int) -> list[Chat]:
    """List the account's chats, newest first."""
    return [Chat(*row) for row in await db.fetch(LIST_CHATS, account_id, limit)]


async def name_chat(db: Connection, chat: ChatKey, title: str) -> bool:
    """Give a chat of the account the title from its prompt; tell whether it had none."""
    return await db.fetchval(NAME_CHAT, chat.account_id, chat.id, title) is not None


async def count_title_try(db: Connection, chat: ChatKey, *, most: int) -> bool:
    """Count that a model is asked for a title; tell whether it may be, at most so often."""
    return await db.fetchval(COUNT_TITLE_TRY, chat.account_id, chat.id, most) is not None


async def rename_chat(db: Connection, chat_id: int, title: str) -> bool:
    """Give a chat the title that a model found, in the place of its prompt's and no other."""
    return await db.fetchval(RENAME_CHAT, chat_id, title) is not None
