"""The SQL of removing accounts; every statement names the account, or returns it."""

from typing import Final

from services.web.chats.model import ChatKey
from services.web.db.pool import Connection

# A name with a space is nobody's, so the old one is free.
MARK_DELETED: Final = """
UPDATE accounts
SET deleted_at = now(), name = 'deleted ' || id, password_hash = NULL, is_admin = false
WHERE id = $1 AND deleted_at IS NULL
"""
LIST_DELETED: Final = "SELECT id FROM accounts WHERE deleted_at IS NOT NULL ORDER BY id"
LIST_CHATS: Final = """
SELECT account_id, id FROM chats WHERE account_id = $1 ORDER BY id LIMIT $2
"""
LIST_MESSAGE_IDS: Final = """
SELECT messages.id FROM messages JOIN chats ON chats.id = chat_id
WHERE account_id = $1 AND chat_id = $2
"""
# The newest first: an older one takes along what follows it.
DELETE_MESSAGES: Final = """
DELETE FROM messages USING chats
WHERE account_id = $1 AND chats.id = $2 AND chat_id = $2 AND messages.id IN (
    SELECT id FROM messages WHERE chat_id = $2 ORDER BY id DESC LIMIT $3
)
RETURNING messages.id
"""
DELETE_CHAT: Final = "DELETE FROM chats WHERE account_id = $1 AND id = $2"
DELETE_TOKEN_COUNTS: Final = "DELETE FROM token_counts WHERE account_id = $1"  # noqa: S105 - SQL
DELETE_ACCOUNT: Final = "DELETE FROM accounts WHERE id = $1 AND deleted_at IS NOT NULL"


async def mark_deleted(db: Connection, *, account_id: int) -> None:
    """Take an account away from its owner; its data is removed later."""
    await db.execute(MARK_DELETED, account_id)


async def list_deleted(db: Connection) -> list[int]:
    """List the accounts whose data is to be removed."""
    return [row[0] for row in await db.fetch(LIST_DELETED)]


async def list_chats(db: Connection, *, account_id: int, limit: int) -> list[ChatKey]:
    """List the first chats of an account, whatever has become of them."""
    return [ChatKey(*row) for row in await db.fetch(LIST_CHATS, account_id, limit)]


async def list_message_ids(db: Connection, chat: ChatKey) -> list[int]:
    """List the messages of a chat."""
    return [row[0] for row in await db.fetch(LIST_MESSAGE_IDS, chat.account_id, chat.id)]


async def delete_messages(db: Connection, chat: ChatKey, *, limit: int) -> int:
    """Remove the newest messages of a chat; return how many."""
    return len(await db.fetch(DELETE_MESSAGES, chat.account_id, chat.id, limit))


async def delete_chat(db: Connection, chat: ChatKey) -> None:
    """Remove a chat with everything in it."""
    await db.execute(DELETE_CHAT, chat.account_id, chat.id)


async def delete_account(db: Connection, *, account_id: int) -> None:
    """Remove a deleted account with what else is stored for it."""
    await db.execute(DELETE_TOKEN_COUNTS, account_id)
    await db.execute(DELETE_ACCOUNT, account_id)
