"""A chat with many messages, stored as if they had been said long ago."""

import asyncpg

from tests.e2e.chat_page import new_chat
from tests.support.local_stack import LocalStack

FILL = """
INSERT INTO messages (id, chat_id, parent_id, role, status, content, model, ended_at)
OVERRIDING SYSTEM VALUE
SELECT $2 + n, $1, CASE WHEN n = 1 THEN NULL ELSE $2 + n - 1 END,
    CASE n % 2 WHEN 1 THEN 'user' ELSE 'assistant' END, 'complete',
    'Number ' || n || E'\n\n' || repeat(E'A paragraph of it.\n\n', (n % 5)::int), 'demo', now()
FROM generate_series(1, $3::bigint) AS n
"""
LAST = """
SELECT setval(pg_get_serial_sequence('messages', 'id'),
    nextval(pg_get_serial_sequence('messages', 'id')) + $1)
"""


async def long_chat(stack: LocalStack, length: int) -> tuple[int, int]:
    """Make a chat of `length` messages; its id, and that of its first message."""
    chat = await new_chat(stack)
    db = await asyncpg.connect(stack.environment_of("web")["DATABASE_URL"])
    try:
        last = await db.fetchval(LAST, length)
        await db.execute(FILL, chat, last - length, length)
    finally:
        await db.close()
    return chat, last - length + 1
