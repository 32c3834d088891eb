"""The SQL of chats; every statement names the account, or returns it."""

from typing import Final

from services.web.chats.model import LARGEST_ID, Chat, ChatKey
from services.web.db.pool import Connection
from services.web.errors import NotFoundError

INSERT_CHAT: Final = """
INSERT INTO chats (account_id, is_temporary) VALUES ($1, $2) RETURNING id
"""
FIND_CHAT: Final = """
SELECT account_id, id, coalesce(given_title, title) AS title, pinned_at IS NOT NULL AS is_pinned,
    archived_at IS NOT NULL AS is_archived, is_temporary, chosen_connection, chosen_model,
    system_prompt, temperature, top_p, max_tokens
FROM chats WHERE account_id = $1 AND id = $2 AND deleted_at IS NULL
"""
LOCK_CHAT: Final = """
SELECT id FROM chats WHERE account_id = $1 AND id = $2 AND deleted_at IS NULL FOR UPDATE
"""
LOCK_STORED_CHAT: Final = "SELECT id FROM chats WHERE account_id = $1 AND id = $2 FOR UPDATE"
FIND_OWNER: Final = "SELECT account_id, id FROM chats WHERE id = $1"
FIND_NEWEST_CHAT: Final = """
SELECT id FROM chats
WHERE account_id = $1 AND deleted_at IS NULL AND archived_at IS NULL AND NOT is_temporary
ORDER BY coalesce(active_at, created_at) DESC, id DESC LIMIT 1
"""
# `active_at` once more, since another tab may be sending the first message: the update waits for
# that, and then checks the chat's own columns alone.
RENEW_EMPTY_CHAT: Final = """
UPDATE chats SET created_at = now() WHERE account_id = $1 AND active_at IS NULL AND id = (
    SELECT id FROM chats
    WHERE account_id = $1 AND deleted_at IS NULL AND archived_at IS NULL AND NOT is_temporary
        AND active_at IS NULL AND NOT EXISTS (SELECT FROM messages WHERE chat_id = chats.id)
    ORDER BY coalesce(active_at, created_at) DESC, id DESC LIMIT 1
) RETURNING id
"""
SET_PROMPT_TITLE: Final = """
UPDATE chats SET title = $3, title_source = 'prompt'
WHERE account_id = $1 AND id = $2 AND title_source = 'none'
RETURNING given_title IS NULL
"""
COUNT_TITLE_TRY: Final = """
UPDATE chats SET title_tries = title_tries + 1
WHERE account_id = $1 AND id = $2 AND title_source = 'prompt' AND title_tries < $3
    AND given_title IS NULL AND NOT is_temporary
RETURNING id
"""
SET_MODEL_TITLE: Final = """
UPDATE chats SET title = $3, title_source = 'model'
WHERE account_id = $1 AND id = $2 AND title_source = 'prompt'
RETURNING given_title IS NULL
"""


async def insert_chat(db: Connection, *, account_id: int, is_temporary: bool = False) -> int:
    """Create an empty chat and return its id."""
    inserted: int = await db.fetchval(INSERT_CHAT, account_id, is_temporary)
    return inserted


async def get_chat(db: Connection, chat: ChatKey) -> Chat:
    """Return a chat of the account; raises `NotFoundError`."""
    row = await db.fetchrow(FIND_CHAT, chat.account_id, chat.id)
    if row is None:
        raise NotFoundError
    return Chat(*row)


async def lock_chat(db: Connection, chat: ChatKey) -> None:
    """Lock a chat of the account until the transaction ends; raises `NotFoundError`."""
    if await db.fetchval(LOCK_CHAT, chat.account_id, chat.id) is None:
        raise NotFoundError


async def lock_stored_chat(db: Connection, chat: ChatKey) -> None:
    """Lock a chat of the account, be it deleted, for what happens to answers that it has."""
    await db.execute(LOCK_STORED_CHAT, chat.account_id, chat.id)


async def find_owner(db: Connection, chat_id: int) -> ChatKey | None:
    """Find a chat's owner, for a message from the bus, which has no account."""
    if chat_id > LARGEST_ID:
        return None
    row = await db.fetchrow(FIND_OWNER, chat_id)
    return ChatKey(*row) if row else None


async def find_newest_chat(db: Connection, *, account_id: int) -> int | None:
    """Find the account's chat that was last active, or created; return its id."""
    found: int | None = await db.fetchval(FIND_NEWEST_CHAT, account_id)
    return found


async def renew_empty_chat(db: Connection, *, account_id: int) -> int | None:
    """Let a chat of the account that has no message yet begin now; return its id."""
    renewed: int | None = await db.fetchval(RENEW_EMPTY_CHAT, account_id)
    return renewed


async def set_prompt_title(db: Connection, chat: ChatKey, title: str) -> bool:
    """Set the title from the chat's first message; False if the chat shows another title."""
    return bool(await db.fetchval(SET_PROMPT_TITLE, chat.account_id, chat.id, title))


async def count_title_try(db: Connection, chat: ChatKey, *, most: int) -> bool:
    """Count a request for a title from a model; False after `most` of them."""
    return await db.fetchval(COUNT_TITLE_TRY, chat.account_id, chat.id, most) is not None


async def set_model_title(db: Connection, chat: ChatKey, title: str) -> bool:
    """Replace the title from the first message by one from a model; keep any other title.

    False if the chat goes on to show another title.
    """
    return bool(await db.fetchval(SET_MODEL_TITLE, chat.account_id, chat.id, title))
