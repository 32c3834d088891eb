"""The SQL of messages; every statement names the account."""

from typing import Final
from uuid import UUID

from services.web.db.pool import Connection
from services.web.messages.model import Author, Message, StoredStatus

LIST_MESSAGES: Final = """
SELECT messages.id, role, status, content, error, messages.created_at
FROM messages JOIN chats ON chats.id = chat_id
WHERE account_id = $1 AND chat_id = $2
ORDER BY messages.id
"""
LIST_EARLIER: Final = """
SELECT messages.id, role, status, content, error, messages.created_at
FROM messages JOIN chats ON chats.id = chat_id
WHERE account_id = $1 AND chat_id = $2 AND messages.id <= $3
  AND status = 'complete' AND content <> ''
ORDER BY messages.id DESC LIMIT $4
"""
FIND_EXCHANGE: Final = """
SELECT messages.id, role, status, content, error, messages.created_at
FROM messages JOIN chats ON chats.id = chat_id
WHERE account_id = $1 AND chat_id = $2 AND messages.id >= (
    SELECT id FROM messages AS question WHERE question.chat_id = $2 AND question.key = $3
)
ORDER BY messages.id LIMIT 2
"""
INSERT_MESSAGE: Final = """
INSERT INTO messages (chat_id, role, status, content, key)
SELECT id, $3, $4, $5, $6 FROM chats WHERE account_id = $1 AND id = $2
RETURNING id, role, status, content, error, created_at
"""


async def list_messages(db: Connection, *, account_id: int, chat_id: int) -> list[Message]:
    """List the messages of a chat, oldest first."""
    return [Message(*row) for row in await db.fetch(LIST_MESSAGES, account_id, chat_id)]


async def list_earlier(
    db: Connection, *, account_id: int, chat_id: int, until: int, limit: int
) -> list[Message]:
    """List what was said in a chat up to message `until`, newest first: only what is complete."""
    rows = await db.fetch(LIST_EARLIER, account_id, chat_id, until, limit)
    return [Message(*row) for row in rows]


async def find_exchange(
    db: Connection, *, account_id: int, chat_id: int, key: UUID
) -> list[Message]:
    """Find the message that was sent with `key`, and the answer after it."""
    rows = await db.fetch(FIND_EXCHANGE, account_id, chat_id, key)
    return [Message(*row) for row in rows]


async def insert_question(
    db: Connection, *, account_id: int, chat_id: int, content: str, key: UUID
) -> Message:
    """Add what a person wrote to a chat of the account."""
    values: tuple[Author, StoredStatus, str, UUID] = ("user", "complete", content, key)
    return await _insert(db, account_id, chat_id, *values)


async def insert_answer(db: Connection, *, account_id: int, chat_id: int) -> Message:
    """Add the empty answer that is to be written."""
    values: tuple[Author, StoredStatus, str, None] = ("assistant", "queued", "", None)
    return await _insert(db, account_id, chat_id, *values)


async def _insert(
    db: Connection, account_id: int, chat_id: int, *values: str | UUID | None
) -> Message:
    row = await db.fetchrow(INSERT_MESSAGE, account_id, chat_id, *values)
    if row is None:
        raise LookupError("the chat is gone")
    return Message(*row)
