"""The SQL of whose turn it is; every statement names the account."""

from typing import Final

from services.web.chats.model import ChatKey
from services.web.db.pool import Connection
from services.web.jobs.model import OpenTurn, Said

PROMOTE_NEXT: Final = """
UPDATE messages SET status = 'queued' FROM chats
WHERE account_id = $1 AND chats.id = $2
    AND messages.id = (SELECT min(id) FROM messages WHERE chat_id = $2 AND status = 'waiting')
    AND NOT EXISTS (SELECT FROM messages WHERE chat_id = $2 AND status = 'queued')
RETURNING messages.id
"""
LIST_TURNS: Final = """
SELECT account_id, chat_id, messages.id AS message_id, run
FROM messages JOIN chats ON chats.id = chat_id
WHERE status = 'queued' ORDER BY messages.id
"""
RESTART: Final = """
UPDATE messages
SET status = 'waiting', run = run + 1, error = NULL, details = NULL, retry_at = NULL,
    finish_reason = NULL,
    reasoning = CASE WHEN content = '' THEN '' ELSE reasoning END,
    reasoning_seconds = CASE WHEN content = '' THEN NULL ELSE reasoning_seconds END,
    left_out = 0, restarted = false, ended_at = NULL
FROM chats
WHERE account_id = $1 AND chats.id = $2 AND chat_id = $2 AND messages.id = $3
"""
# Step by step, as `services.web.messages.queries` walks a path.
LIST_SAID: Final = """
WITH RECURSIVE line AS (
    SELECT messages.id, parent_id FROM messages JOIN chats ON chats.id = chat_id
    WHERE account_id = $1 AND chat_id = $2 AND messages.id = $3
    UNION ALL
    SELECT earlier.id, earlier.parent_id FROM line CROSS JOIN LATERAL (
        SELECT id, parent_id FROM messages WHERE chat_id = $2 AND id = line.parent_id LIMIT 1
    ) AS earlier
)
SELECT role, content FROM messages JOIN line USING (id)
WHERE id <> $3 AND status IN ('complete', 'stopped', 'failed') AND content <> ''
ORDER BY id DESC LIMIT $4
"""
FIND_OPENING: Final = """
WITH RECURSIVE line AS (
    SELECT messages.id, parent_id FROM messages JOIN chats ON chats.id = chat_id
    WHERE account_id = $1 AND chat_id = $2 AND messages.id = $3
    UNION ALL
    SELECT earlier.id, earlier.parent_id FROM line CROSS JOIN LATERAL (
        SELECT id, parent_id FROM messages WHERE chat_id = $2 AND id = line.parent_id LIMIT 1
    ) AS earlier
)
SELECT content FROM messages JOIN line USING (id) WHERE role = 'user' ORDER BY id LIMIT 1
"""


async def promote_next(db: Connection, chat: ChatKey) -> int | None:
    """Make the lowest waiting answer of a chat `queued`, unless one is; return its id."""
    promoted: int | None = await db.fetchval(PROMOTE_NEXT, chat.account_id, chat.id)
    return promoted


async def list_turns(db: Connection) -> list[OpenTurn]:
    """List the queued answers of all chats, oldest first."""
    return [OpenTurn(*row) for row in await db.fetch(LIST_TURNS)]


async def restart(db: Connection, chat: ChatKey, message_id: int) -> None:
    """Have an answer wait again, for another run in its place."""
    await db.execute(RESTART, chat.account_id, chat.id, message_id)


async def list_said(db: Connection, chat: ChatKey, *, before: int, limit: int) -> list[Said]:
    """List what was said on the way to message `before`, newest first: only what has a text.

    Of an answer that failed that is what its readers saw of it; why it failed is no part of it.
    """
    rows = await db.fetch(LIST_SAID, chat.account_id, chat.id, before, limit)
    return [Said(*row) for row in rows]


async def find_opening(db: Connection, chat: ChatKey, *, before: int) -> str | None:
    """Find the first thing that a person said on the way to message `before`."""
    opening: str | None = await db.fetchval(FIND_OPENING, chat.account_id, chat.id, before)
    return opening
