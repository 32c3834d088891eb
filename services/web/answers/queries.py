"""The SQL of answers; a result comes from the bus, which knows messages and no accounts."""

from typing import Final

from services.shared.messages import AnswerResult
from services.web.db.pool import Connection

END_ANSWER: Final = """
UPDATE messages
SET status = $2, content = $3, error = $4, finish_reason = $5, model = $6,
    prompt_tokens = $7, completion_tokens = $8, ended_at = now()
WHERE id = $1 AND role = 'assistant' AND status = 'queued'
RETURNING id
"""

LARGEST_ID: Final = 2**63 - 1
LARGEST_COUNT: Final = 2**31 - 1


async def end_answer(db: Connection, result: AnswerResult) -> bool:
    """Store how an answer ended, once; tell whether this was the first result for it.

    What comes from a model's endpoint is stored as far as the columns can hold it.
    """
    if result.message_id > LARGEST_ID:
        return False
    ended = await db.fetchval(
        END_ANSWER,
        result.message_id,
        result.status,
        _storable(result.text),
        result.error,
        _storable(result.finish_reason),
        _storable(result.model),
        _countable(result.prompt_tokens),
        _countable(result.completion_tokens),
    )
    return ended is not None


def _storable(text: str | None) -> str | None:
    return text and text.replace("\x00", "\N{REPLACEMENT CHARACTER}")


def _countable(count: int | None) -> int | None:
    return count if count is not None and 0 <= count <= LARGEST_COUNT else None
