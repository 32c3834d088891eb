"""What people have, stored at once, and what the database holds."""

from dataclasses import dataclass

from services.web.accounts.sessions.model import hash_token
from services.web.db.pool import Connection

MISSING = 999_999_999
# A worker has cut it off, so it can be retried, continued and asked for again.
CHAT = """
WITH chat AS (
    INSERT INTO chats (account_id, title, active_at, deleted_at)
    VALUES ($1, 'Private', now(), CASE WHEN $2::boolean THEN now() END) RETURNING id
), question AS (
    INSERT INTO messages (chat_id, role, status, content)
    SELECT id, 'user', 'complete', 'Private?' FROM chat RETURNING chat_id, id
)
SELECT chat_id, id FROM question
"""
ANSWER = """
INSERT INTO messages (chat_id, parent_id, role, status, error, content, finish_reason)
VALUES ($1, $2, 'assistant', 'failed', 'cut_off', 'Private.', 'length') RETURNING id
"""
PROMPT = "INSERT INTO prompts (account_id, name, content) VALUES ($1, 'Private', 'P') RETURNING id"
SESSION = """
INSERT INTO sessions (account_id, token_hash, user_agent, address)
VALUES ($1, $2, 'Private', '192.0.2.1') RETURNING id
"""
TABLES = "SELECT tablename::text FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename"


@dataclass(frozen=True, slots=True)
class Things:
    """The ids of one of each thing; `deleted` is a chat that can be taken back."""

    chat: int
    question: int
    answer: int
    deleted: int
    prompt: int
    session: int

    def path(self, template: str, *, chat: str = "chat", message: str = "answer") -> str:
        """Put ids into a path."""
        return template.format(
            chat_id=getattr(self, chat),
            message_id=getattr(self, message),
            prompt_id=self.prompt,
            session_id=self.session,
            name="theme",
        )


NOTHING = Things(*[MISSING] * 6)


async def store_things(db: Connection, account_id: int) -> Things:
    """Store one of each for an account."""
    chat, question = await db.fetchrow(CHAT, account_id, False) or (0, 0)
    answer = await db.fetchval(ANSWER, chat, question)
    deleted, _ = await db.fetchrow(CHAT, account_id, True) or (0, 0)
    prompt = await db.fetchval(PROMPT, account_id)
    session = await db.fetchval(SESSION, account_id, hash_token(f"of chat {chat}"))
    return Things(chat, question, answer, deleted, prompt, session)


async def dump(db: Connection) -> dict[str, list[str]]:
    """Return every row of every table."""
    tables = [row[0] for row in await db.fetch(TABLES)]
    return {
        table: [
            row[0]
            for row in await db.fetch(f"SELECT each::text FROM {table} AS each ORDER BY 1")  # noqa: S608 - a table's name
        ]
        for table in tables
    }
