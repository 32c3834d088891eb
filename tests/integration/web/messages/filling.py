"""A chat with as many messages as a test needs."""

from services.web.db.pool import Connection

FILL = """
INSERT INTO messages (chat_id, parent_id, role, status, content, ended_at)
SELECT $1, CASE WHEN n = 1 THEN NULL ELSE $2 + n - 1 END,
    CASE n % 2 WHEN 1 THEN 'user' ELSE 'assistant' END, 'complete', 'Text **' || n || '**', now()
FROM generate_series(1, $3) AS n
"""


async def fill_chat(db: Connection, chat: int, length: int) -> None:
    """Add `length` messages to an empty chat, each to the one before it."""
    last = await db.fetchval("SELECT coalesce(max(id), 0) FROM messages")
    await db.execute(FILL, chat, last, length)
