"""The SQL of turns, jobs and ends of answers; every statement names the account, or returns it."""

import math
from typing import Final

from services.shared.bus.messages import AnswerResult
from services.web.answers.model import EarlierText, QueuedAnswer
from services.web.chats.model import LARGEST_ID, ChatKey
from services.web.db.pool import Connection
from services.web.messages.model import StoredStatus
from services.web.messages.queries import with_line
from services.web.models.model import Choice

PROMOTE_NEXT: Final = """
UPDATE messages SET status = 'queued' FROM chats
WHERE account_id = $1 AND chats.id = $2
    AND messages.id = (SELECT min(id) FROM messages WHERE chat_id = $2 AND status = 'waiting')
    AND NOT EXISTS (SELECT FROM messages WHERE chat_id = $2 AND status = 'queued')
RETURNING messages.id
"""
LIST_QUEUED_ANSWERS: Final = """
SELECT account_id, chat_id, messages.id AS message_id, run
FROM messages JOIN chats ON chats.id = chat_id
WHERE status = 'queued' ORDER BY messages.id
"""
RESTART: Final = """
WITH active AS (
    UPDATE chats SET active_at = now() WHERE account_id = $1 AND id = $2 RETURNING id
)
UPDATE messages
SET status = 'waiting', run = run + 1, error = NULL, details = NULL, retry_at = NULL,
    finish_reason = NULL,
    reasoning = CASE WHEN content = '' THEN '' ELSE reasoning END,
    reasoning_seconds = CASE WHEN content = '' THEN NULL ELSE reasoning_seconds END,
    left_out = 0, restarted = false, ended_at = NULL
FROM active WHERE chat_id = active.id AND messages.id = $3
"""
ASK_OF: Final = """
UPDATE messages SET connection = $4, asked_model = $5 FROM chats
WHERE account_id = $1 AND chats.id = $2 AND chat_id = $2 AND messages.id = $3
"""
FIND_ASKED: Final = """
SELECT connection, asked_model AS model FROM messages JOIN chats ON chats.id = chat_id
WHERE account_id = $1 AND chat_id = $2 AND messages.id = $3
"""
LIST_EARLIER_TEXTS: Final = with_line("""
SELECT role, content FROM messages JOIN line USING (id)
WHERE id <> $3 AND status IN ('complete', 'stopped', 'failed') AND content <> ''
ORDER BY id DESC LIMIT $4
""")
FIND_OPENING: Final = with_line("""
SELECT content FROM messages JOIN line USING (id) WHERE role = 'user' ORDER BY id LIMIT 1
""")
FIND_OWNER_OF_ANSWER: Final = """
SELECT account_id, chats.id FROM chats JOIN messages ON chat_id = chats.id
WHERE messages.id = $1 AND role = 'assistant'
"""
# An operator may try a parked job again, whose answer has failed. An answer that web ended as
# stopped, because its log was empty, still gets the text that its worker had written by then.
END_ANSWER: Final = """
UPDATE messages
SET status = $4, content = CASE WHEN $5 = '' AND $4 = 'failed' THEN content ELSE $5 END,
    reasoning = CASE WHEN $6 = '' THEN reasoning ELSE $6 END,
    reasoning_seconds = CASE WHEN $6 = '' THEN reasoning_seconds ELSE $7 END,
    error = $8, retry_at = $9, finish_reason = $10, model = $11, prompt_tokens = $12,
    completion_tokens = $13, usage_estimated = $14, left_out = $15, restarted = $16,
    details = $17, ended_at = now()
FROM chats
WHERE account_id = $1 AND chats.id = $2 AND chat_id = $2 AND messages.id = $3
    AND role = 'assistant'
    AND (status = 'queued' AND $18 IN (0, run)
        OR status = 'failed' AND error = 'interrupted' AND $18 = run
        OR status = 'stopped' AND content = '' AND $4 = 'stopped' AND $5 <> '' AND $18 = run)
RETURNING messages.id
"""
STOP_ANSWER: Final = """
UPDATE messages SET status = 'stopped', ended_at = now() FROM chats
WHERE account_id = $1 AND chats.id = $2 AND chat_id = $2 AND messages.id = $3
    AND run = $4 AND status = ANY($5::text[])
RETURNING messages.id
"""

LARGEST_COUNT: Final = 2**31 - 1


async def promote_next(db: Connection, chat: ChatKey) -> int | None:
    """Make the oldest waiting answer of a chat `queued` unless one is; return its id."""
    promoted: int | None = await db.fetchval(PROMOTE_NEXT, chat.account_id, chat.id)
    return promoted


async def list_queued_answers(db: Connection) -> list[QueuedAnswer]:
    """List the queued answers of all accounts, oldest first."""
    return [QueuedAnswer(*row) for row in await db.fetch(LIST_QUEUED_ANSWERS)]


async def restart(db: Connection, chat: ChatKey, message_id: int) -> None:
    """Make an answer wait for another run in its place; its chat is active again."""
    await db.execute(RESTART, chat.account_id, chat.id, message_id)


async def ask_of(db: Connection, chat: ChatKey, message_id: int, choice: Choice) -> None:
    """Have an answer, which nobody writes yet, asked of another model than the chat's."""
    values = (chat.account_id, chat.id, message_id, choice.connection, choice.model)
    await db.execute(ASK_OF, *values)


async def find_asked(db: Connection, chat: ChatKey, message_id: int) -> Choice:
    """Return the model that was asked for an answer."""
    row = await db.fetchrow(FIND_ASKED, chat.account_id, chat.id, message_id)
    return Choice(*row) if row else Choice()


async def list_earlier_texts(
    db: Connection, chat: ChatKey, *, before: int, limit: int
) -> list[EarlierText]:
    """List the texts that lead to message `before`, newest first.

    A failed answer counts with the text that its readers saw, without the reason of the failure.
    """
    rows = await db.fetch(LIST_EARLIER_TEXTS, chat.account_id, chat.id, before, limit)
    return [EarlierText(*row) for row in rows]


async def find_opening(db: Connection, chat: ChatKey, *, before: int) -> str | None:
    """Find the first message of a person on the way to message `before`; return its text."""
    opening: str | None = await db.fetchval(FIND_OPENING, chat.account_id, chat.id, before)
    return opening


async def find_owner_of_answer(db: Connection, message_id: int) -> ChatKey | None:
    """Find the chat of an answer and its owner, for a result from the bus, which has no account."""
    if message_id > LARGEST_ID:
        return None
    row = await db.fetchrow(FIND_OWNER_OF_ANSWER, message_id)
    return ChatKey(*row) if row else None


async def end_answer(db: Connection, chat: ChatKey, result: AnswerResult) -> bool:
    """Store the result of an answer's run; False if its end is stored already.

    Values from a model's endpoint are stored as far as the columns can hold them.
    """
    ended = await db.fetchval(
        END_ANSWER,
        chat.account_id,
        chat.id,
        result.message_id,
        result.status,
        _storable(result.text),
        _storable(result.reasoning),
        _seconds(result.reasoning_seconds),
        result.error,
        result.retry_at,
        _storable(result.finish_reason),
        _storable(result.model),
        _countable(result.prompt_tokens),
        _countable(result.completion_tokens),
        result.usage_estimated,
        _countable(result.left_out) or 0,
        result.restarted,
        result.details and result.details.model_dump_json(exclude_defaults=True),
        min(result.run, LARGEST_COUNT),
    )
    return ended is not None


async def end_as_stopped(
    db: Connection, chat: ChatKey, message_id: int, run: int, statuses: list[StoredStatus]
) -> bool:
    """End a run of an answer as stopped, with the text it has, if its status is one of these."""
    values = (chat.account_id, chat.id, message_id, run, statuses)
    return await db.fetchval(STOP_ANSWER, *values) is not None


def _storable(text: str | None) -> str | None:
    return text and text.replace("\x00", "\N{REPLACEMENT CHARACTER}")


def _countable(count: int | None) -> int | None:
    return count if count is not None and 0 <= count <= LARGEST_COUNT else None


def _seconds(seconds: float | None) -> float | None:
    return seconds if seconds is not None and math.isfinite(seconds) and seconds >= 0 else None
