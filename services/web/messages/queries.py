"""The SQL of messages; every statement names the account."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from services.web.chats.model import ChatKey
from services.web.db.pool import Connection
from services.web.errors import NotFoundError
from services.web.messages.model import Author, Draft, Message, StoredStatus


def with_line(statement: str) -> str:
    """Give `statement` the table `line`: message $3 of account $1's chat $2, and all before it."""
    line = """
WITH RECURSIVE line AS (
    SELECT messages.id, parent_id FROM messages JOIN chats ON chats.id = chat_id
    WHERE account_id = $1 AND chat_id = $2 AND messages.id = $3
    UNION ALL
    SELECT earlier.id, earlier.parent_id FROM line CROSS JOIN LATERAL (
        SELECT id, parent_id FROM messages WHERE chat_id = $2 AND id = line.parent_id LIMIT 1
    ) AS earlier
)
"""
    return line + statement


# `LATERAL` and `LIMIT` make each step of a path or a line one index lookup. PostgreSQL plans a
# plain join as a scan of all messages for each step: half a second for a thousand messages.
LIST_SHOWN: Final = """
WITH RECURSIVE path AS (
    SELECT messages.id FROM messages JOIN chats ON chats.id = chat_id
    WHERE account_id = $1 AND chat_id = $2 AND parent_id IS NULL AND selected
    UNION ALL
    SELECT following.id FROM path CROSS JOIN LATERAL (
        SELECT id FROM messages WHERE chat_id = $2 AND parent_id = path.id AND selected LIMIT 1
    ) AS following
)
SELECT id FROM path ORDER BY id
"""
LIST_QUEUED: Final = """
SELECT messages.id FROM messages JOIN chats ON chats.id = chat_id
WHERE account_id = $1 AND chat_id = $2 AND status = 'queued'
"""
LIST_UNFINISHED: Final = """
SELECT messages.id FROM messages JOIN chats ON chats.id = chat_id
WHERE account_id = $1 AND chat_id = $2 AND status IN ('waiting', 'queued')
ORDER BY messages.id
"""
LIST_LINE: Final = with_line("SELECT id FROM line ORDER BY id")
# The versions beside the first message have no parent, which an index finds only when asked so.
LIST_MESSAGES: Final = """
SELECT messages.id, chat_id, parent_id, role, status, run, content, reasoning, reasoning_seconds,
    error, details, retry_at, finish_reason, connection, asked_model, model, prompt_tokens,
    completion_tokens, usage_estimated, left_out, restarted, messages.created_at, ended_at, number,
    total, previous, next
FROM messages JOIN chats ON chats.id = chat_id CROSS JOIN LATERAL (
    SELECT count(*) FILTER (WHERE sibling.id <= messages.id) AS number, count(*) AS total,
        max(sibling.id) FILTER (WHERE sibling.id < messages.id) AS previous,
        min(sibling.id) FILTER (WHERE sibling.id > messages.id) AS next
    FROM (
        SELECT id FROM messages AS other
        WHERE other.chat_id = $2 AND other.parent_id = messages.parent_id
        UNION ALL
        SELECT id FROM messages AS other
        WHERE other.chat_id = $2 AND other.parent_id IS NULL AND messages.parent_id IS NULL
    ) AS sibling
) AS versions
WHERE account_id = $1 AND chat_id = $2 AND messages.id = ANY($3)
ORDER BY messages.id
"""
FIND_QUESTION: Final = """
SELECT messages.id FROM messages JOIN chats ON chats.id = chat_id
WHERE account_id = $1 AND chat_id = $2 AND key = $3
"""
FIND_FOLLOWING: Final = """
SELECT messages.id FROM messages JOIN chats ON chats.id = chat_id
WHERE account_id = $1 AND chat_id = $2 AND parent_id = $3 AND selected
"""
INSERT_MESSAGE: Final = """
WITH active AS (
    UPDATE chats SET active_at = now() WHERE account_id = $1 AND id = $2
    RETURNING id, chosen_connection, chosen_model
)
INSERT INTO messages (
    chat_id, parent_id, selected, role, status, content, key, connection, asked_model
)
SELECT id, $3, $4, $5, $6, $7, $8, CASE WHEN $5 = 'assistant' THEN chosen_connection END,
    CASE WHEN $5 = 'assistant' THEN chosen_model END
FROM active
RETURNING id
"""
DESELECT_RIVALS: Final = with_line("""
UPDATE messages SET selected = false FROM line
WHERE chat_id = $2 AND messages.parent_id IS NOT DISTINCT FROM line.parent_id
    AND messages.id <> line.id AND selected
""")
SELECT_LINE: Final = with_line("""
UPDATE messages SET selected = true FROM line WHERE messages.id = line.id AND NOT selected
""")
COPY_CHAT: Final = """
INSERT INTO chats (account_id, title, title_source, title_tries, given_title, active_at,
    is_temporary, chosen_connection, chosen_model, system_prompt, temperature, top_p, max_tokens)
SELECT account_id, title, title_source, title_tries, given_title, now(),
    is_temporary, chosen_connection, chosen_model, system_prompt, temperature, top_p, max_tokens
FROM chats WHERE account_id = $1 AND id = $2 AND deleted_at IS NULL
RETURNING id
"""
# The new ids ascend as the old ones do, so each message follows the one before it.
COPY_LINE: Final = with_line("""
, ordered AS (
    SELECT id FROM messages JOIN line USING (id) WHERE status NOT IN ('waiting', 'queued')
    ORDER BY id
), numbered AS MATERIALIZED (
    SELECT id, nextval(pg_get_serial_sequence('messages', 'id')) AS copy FROM ordered
)
INSERT INTO messages (id, chat_id, parent_id, selected, role, status, run, content, reasoning,
    reasoning_seconds, error, details, retry_at, finish_reason, connection, asked_model, model,
    prompt_tokens, completion_tokens, usage_estimated, left_out, restarted, created_at, ended_at)
OVERRIDING SYSTEM VALUE
SELECT copy, $4, lag(copy) OVER (ORDER BY id), true, role, status, run, content, reasoning,
    reasoning_seconds, error, details, retry_at, finish_reason, connection, asked_model, model,
    prompt_tokens, completion_tokens, usage_estimated, left_out, restarted, created_at, ended_at
FROM messages JOIN numbered USING (id)
""")


async def list_messages(db: Connection, chat: ChatKey, ids: Sequence[int]) -> list[Message]:
    """List those messages of the chat that have one of these ids, oldest first."""
    rows = await db.fetch(LIST_MESSAGES, chat.account_id, chat.id, ids)
    return [Message(*row) for row in rows]


async def list_line(db: Connection, chat: ChatKey, message_id: int) -> list[int]:
    """List the ids of a message of the chat, shown or not, and of all before it, oldest first."""
    rows = await db.fetch(LIST_LINE, chat.account_id, chat.id, message_id)
    return [row["id"] for row in rows]


async def list_shown(db: Connection, chat: ChatKey) -> list[int]:
    """List the ids of the messages that a chat shows, oldest first."""
    return [row["id"] for row in await db.fetch(LIST_SHOWN, chat.account_id, chat.id)]


async def list_queued(db: Connection, chat: ChatKey) -> list[int]:
    """List the ids of the chat's queued answers."""
    return [row["id"] for row in await db.fetch(LIST_QUEUED, chat.account_id, chat.id)]


async def list_unfinished(db: Connection, chat: ChatKey) -> list[int]:
    """List the ids of the chat's unfinished answers, shown or not, oldest first."""
    rows = await db.fetch(LIST_UNFINISHED, chat.account_id, chat.id)
    return [row["id"] for row in rows]


async def get_message(db: Connection, chat: ChatKey, message_id: int) -> Message:
    """Return a message of the chat, shown or not; raises `NotFoundError` for any other."""
    found = await list_messages(db, chat, [message_id])
    if not found:
        raise NotFoundError
    return found[0]


async def find_question(db: Connection, chat: ChatKey, key: UUID) -> int | None:
    """Find the message that was sent with `key`; return its id."""
    found: int | None = await db.fetchval(FIND_QUESTION, chat.account_id, chat.id, key)
    return found


async def find_following(db: Connection, chat: ChatKey, message_id: int) -> int | None:
    """Find the message that a chat shows after `message_id` when it shows that one."""
    found: int | None = await db.fetchval(FIND_FOLLOWING, chat.account_id, chat.id, message_id)
    return found


async def insert_question(
    db: Connection, chat: ChatKey, parent_id: int | None, draft: Draft, *, selected: bool
) -> int:
    """Add what a person wrote to a chat of the account, after message `parent_id`."""
    values: tuple[Author, StoredStatus, str, UUID] = ("user", "complete", draft.content, draft.key)
    return await _insert(db, chat, parent_id, selected, *values)


async def insert_answer(
    db: Connection, chat: ChatKey, parent_id: int | None, *, selected: bool
) -> int:
    """Add an empty answer to message `parent_id`, which waits for its turn.

    The chat's chosen model is asked for it.
    """
    values: tuple[Author, StoredStatus, str, None] = ("assistant", "waiting", "", None)
    return await _insert(db, chat, parent_id, selected, *values)


async def select_line(db: Connection, chat: ChatKey, message_id: int) -> None:
    """Show a message and everything before it, instead of their other versions."""
    await db.execute(DESELECT_RIVALS, chat.account_id, chat.id, message_id)
    await db.execute(SELECT_LINE, chat.account_id, chat.id, message_id)


async def copy_line(db: Connection, chat: ChatKey, message_id: int) -> int | None:
    """Copy a message, all before it and the chat's options into a new chat; return its id.

    Unfinished answers are left out. None if the chat is gone.
    """
    copy: int | None = await db.fetchval(COPY_CHAT, chat.account_id, chat.id)
    if copy is not None:
        await db.execute(COPY_LINE, chat.account_id, chat.id, message_id, copy)
    return copy


async def _insert(
    db: Connection, chat: ChatKey, parent_id: int | None, *values: str | bool | UUID | None
) -> int:
    inserted: int | None = await db.fetchval(
        INSERT_MESSAGE, chat.account_id, chat.id, parent_id, *values
    )
    if inserted is None:
        raise LookupError("the chat is gone")
    return inserted
