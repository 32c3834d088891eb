"""Copies a conversation up to one message into a chat of its own."""

from typing import Final

from services.web.chats.model import ChatKey
from services.web.db.pool import Connection
from services.web.errors import NotFoundError
from services.web.messages.queries import with_line

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


async def fork(db: Connection, chat: ChatKey, message_id: int) -> int:
    """Begin a chat with a message and all before it, within the caller's transaction.

    It has the title and the options of `chat`, and no answer that is unfinished. Returns its id;
    raises `NotFoundError` if `chat` is gone.
    """
    copy: int | None = await db.fetchval(COPY_CHAT, chat.account_id, chat.id)
    if copy is None:
        raise NotFoundError
    await db.execute(COPY_LINE, chat.account_id, chat.id, message_id, copy)
    return copy
