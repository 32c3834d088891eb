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

# An advisory lock: the account's row is locked before a chat, this one after it.
LOCK_TURNS: Final = "SELECT pg_advisory_xact_lock(hashtextextended('turns', $1))"
COUNT_UNFINISHED: Final = """
SELECT count(*) FROM (
    SELECT FROM chats JOIN messages ON chat_id = chats.id
    WHERE account_id = $1 AND status = 'waiting'
    UNION ALL
    SELECT FROM chats JOIN messages ON chat_id = chats.id
    WHERE account_id = $1 AND status = 'queued'
) AS unfinished
"""
# `due` has the oldest waiting answer of each chat that has none queued, as far as there are places.
PROMOTE_NEXT: Final = """
WITH due AS (
    SELECT min(messages.id) AS id FROM chats JOIN messages ON chat_id = chats.id
    WHERE account_id = $1 AND status = 'waiting'
        AND NOT EXISTS (SELECT FROM messages WHERE chat_id = chats.id AND status = 'queued')
    GROUP BY chats.id ORDER BY min(messages.id)
    LIMIT greatest($3 - (
        SELECT count(*) FROM chats JOIN messages ON chat_id = chats.id
        WHERE account_id = $1 AND status = 'queued'
    ), 0)
)
UPDATE messages SET status = 'queued' FROM due
WHERE messages.id = due.id AND chat_id = $2 AND status = 'waiting'
RETURNING messages.id
"""
LIST_DUE_CHATS: Final = """
SELECT account_id, id FROM (
    SELECT account_id, chats.id, min(messages.id) AS answer_id,
        rank() OVER (PARTITION BY account_id ORDER BY min(messages.id)) AS place
    FROM chats JOIN messages ON chat_id = chats.id
    WHERE status = 'waiting'
        AND NOT EXISTS (SELECT FROM messages WHERE chat_id = chats.id AND status = 'queued')
    GROUP BY account_id, chats.id
) AS next LEFT JOIN (
    SELECT account_id, count(*) AS taken FROM chats JOIN messages ON chat_id = chats.id
    WHERE status = 'queued' GROUP BY account_id
) AS places USING (account_id)
WHERE place + coalesce(taken, 0) <= $1
ORDER BY answer_id LIMIT $2
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


async def lock_turns(db: Connection, *, account_id: int) -> None:
    """Lock the turns of an account until the transaction ends; a chat is locked before."""
    await db.execute(LOCK_TURNS, account_id)


async def count_unfinished(db: Connection, *, account_id: int) -> int:
    """Count the unfinished answers of an account, in all its chats."""
    counted: int = await db.fetchval(COUNT_UNFINISHED, account_id)
    return counted


async def promote_next(db: Connection, chat: ChatKey, *, at_once: int | None) -> int | None:
    """Make the oldest waiting answer of a chat `queued` if it is its turn; return its id.

    It is not while the chat has a queued answer, nor while `at_once` answers of the account are
    queued or, in other chats, due before it. None stands for any number.
    """
    promoted: int | None = await db.fetchval(
        PROMOTE_NEXT, chat.account_id, chat.id, at_once or LARGEST_COUNT
    )
    return promoted


async def list_due_chats(db: Connection, *, at_once: int | None, limit: int) -> list[ChatKey]:
    """List up to `limit` chats, of all accounts, in which `promote_next` would promote an answer.

    The chat whose answer is the oldest comes first.
    """
    rows = await db.fetch(LIST_DUE_CHATS, at_once or LARGEST_COUNT, limit)
    return [ChatKey(*row) for row in rows]


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
        countable(result.prompt_tokens),
        countable(result.completion_tokens),
        result.usage_estimated,
        countable(result.left_out) or 0,
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


def countable(count: int | None) -> int | None:
    """Return a count from outside if its column can hold it."""
    return count if count is not None and 0 <= count <= LARGEST_COUNT else None


def _storable(text: str | None) -> str | None:
    return text and text.replace("\x00", "\N{REPLACEMENT CHARACTER}")


def _seconds(seconds: float | None) -> float | None:
    return seconds if seconds is not None and math.isfinite(seconds) and seconds >= 0 else None
