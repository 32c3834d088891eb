"""The SQL of how answers end; a result comes from the bus, which knows messages, not accounts."""

import math
from typing import Final

from services.shared.bus.messages import AnswerResult
from services.web.chats.model import ChatKey
from services.web.db.pool import Connection

HOLD_CHAT_OF: Final = """
SELECT account_id, chats.id FROM chats JOIN messages ON chat_id = chats.id
WHERE messages.id = $1 AND role = 'assistant'
FOR UPDATE OF chats
"""
# A job that was parked, and so has failed, may be tried again by an operator. What a worker had
# written when web found nothing of it, and ended it as stopped, is still the answer's text.
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

LARGEST_ID: Final = 2**63 - 1
LARGEST_COUNT: Final = 2**31 - 1


async def hold_chat_of(db: Connection, message_id: int) -> ChatKey | None:
    """Hold the chat of an answer until the transaction ends; None where there is no such answer."""
    if message_id > LARGEST_ID:
        return None
    row = await db.fetchrow(HOLD_CHAT_OF, message_id)
    return ChatKey(*row) if row else None


async def end_answer(db: Connection, chat: ChatKey, result: AnswerResult) -> bool:
    """Store how a run of an answer ended, once; tell whether this was the first result for it.

    What comes from a model's endpoint is stored as far as the columns can hold it.
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


async def stop_answer(
    db: Connection, chat: ChatKey, message_id: int, run: int, statuses: list[str]
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
