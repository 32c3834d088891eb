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


async def end_answer(db: Connection, result: AnswerResult) -> bool:
    """Store how an answer ended, once; tell whether this was the first result for it."""
    ended = await db.fetchval(
        END_ANSWER,
        result.message_id,
        result.status,
        result.text.replace("\x00", "\N{REPLACEMENT CHARACTER}"),
        result.error,
        result.finish_reason,
        result.model,
        result.prompt_tokens,
        result.completion_tokens,
    )
    return ended is not None
