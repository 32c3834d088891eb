"""The SQL of chosen, pinned and used models; every statement names the account."""

from typing import Final

from services.web.chats.model import ChatKey
from services.web.db.pool import Connection
from services.web.models.model import Choice, KeptModel, Options

RECENT_MODELS: Final = 5
MOST_PINNED: Final = 50

SET_CHOICE: Final = """
UPDATE chats SET chosen_connection = $3, chosen_model = $4 WHERE account_id = $1 AND id = $2
"""
FIND_CHOICE: Final = """
SELECT chosen_connection AS connection, chosen_model AS model FROM chats
WHERE account_id = $1 AND id = $2
"""
SET_OPTIONS: Final = """
UPDATE chats SET system_prompt = $3, temperature = $4, top_p = $5, max_tokens = $6
WHERE account_id = $1 AND id = $2
"""
FIND_OPTIONS: Final = """
SELECT system_prompt, temperature, top_p, max_tokens FROM chats WHERE account_id = $1 AND id = $2
"""
NOTE_USE: Final = """
INSERT INTO account_models (account_id, connection, model, used_at) VALUES ($1, $2, $3, now())
ON CONFLICT (account_id, connection, model) DO UPDATE SET used_at = excluded.used_at
"""
# What was used before the last five is forgotten, unless it is pinned.
FORGET_USED: Final = """
DELETE FROM account_models WHERE account_id = $1 AND NOT is_pinned
    AND (connection, model) NOT IN (
        SELECT connection, model FROM account_models WHERE account_id = $1 AND used_at IS NOT NULL
        ORDER BY used_at DESC LIMIT $2
    )
"""
PIN: Final = """
INSERT INTO account_models (account_id, connection, model, is_pinned)
SELECT $1, $2, $3, true
WHERE (
    SELECT count(*) FROM account_models
    WHERE account_id = $1 AND is_pinned AND (connection, model) <> ($2, $3)
) < $4
ON CONFLICT (account_id, connection, model) DO UPDATE SET is_pinned = true
RETURNING model
"""
UNPIN: Final = """
UPDATE account_models SET is_pinned = false
WHERE account_id = $1 AND connection = $2 AND model = $3
"""
LIST_PINNED: Final = """
SELECT connection, model, is_pinned FROM account_models WHERE account_id = $1 AND is_pinned
ORDER BY connection, model
"""
LIST_RECENT: Final = """
SELECT connection, model, is_pinned FROM account_models
WHERE account_id = $1 AND used_at IS NOT NULL ORDER BY used_at DESC LIMIT $2
"""


async def choose(db: Connection, chat: ChatKey, choice: Choice) -> None:
    """Have a chat answered by this model from now on, and note that it was used."""
    values = (chat.account_id, chat.id, choice.connection, choice.model)
    await db.execute(SET_CHOICE, *values)
    if choice.connection:
        await db.execute(NOTE_USE, chat.account_id, choice.connection, choice.model or "")
        await db.execute(FORGET_USED, chat.account_id, RECENT_MODELS)


async def find_choice(db: Connection, chat: ChatKey) -> Choice:
    """Return the model that answers a chat."""
    row = await db.fetchrow(FIND_CHOICE, chat.account_id, chat.id)
    return Choice(*row) if row else Choice()


async def set_options(db: Connection, chat: ChatKey, options: Options) -> None:
    """Have a chat ask with these options from now on."""
    values = (options.system_prompt, options.temperature, options.top_p, options.max_tokens)
    await db.execute(SET_OPTIONS, chat.account_id, chat.id, *values)


async def find_options(db: Connection, chat: ChatKey) -> Options:
    """Return the options with which a chat asks."""
    row = await db.fetchrow(FIND_OPTIONS, chat.account_id, chat.id)
    return Options(*row) if row else Options()


async def pin(db: Connection, choice: Choice, *, account_id: int) -> bool:
    """Pin a model; False if the account has pinned as many as it can."""
    values = (account_id, choice.connection, choice.model or "", MOST_PINNED)
    return await db.fetchval(PIN, *values) is not None


async def unpin(db: Connection, choice: Choice, *, account_id: int) -> None:
    """Unpin a model."""
    await db.execute(UNPIN, account_id, choice.connection, choice.model or "")
    await db.execute(FORGET_USED, account_id, RECENT_MODELS)


async def list_pinned(db: Connection, *, account_id: int) -> list[KeptModel]:
    """List the models that the account has pinned, by name."""
    return [KeptModel(*row) for row in await db.fetch(LIST_PINNED, account_id)]


async def list_recent(db: Connection, *, account_id: int) -> list[KeptModel]:
    """List the models that the account has used last, the latest first."""
    return [KeptModel(*row) for row in await db.fetch(LIST_RECENT, account_id, RECENT_MODELS)]
