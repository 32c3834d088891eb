"""The SQL of searches; every statement names the account."""

from typing import Final

from services.web.chats.model import LARGEST_ID
from services.web.db.pool import Connection
from services.web.search.model import FoundChat, FoundMessage
from services.web.search.terms import Term, Terms

SCANNED: Final = 300
"""So many of the newest messages are looked at before the indexes are: common words are there."""


def each_that_matches(candidates: str) -> str:
    """Find account $1's messages with all of $2 and $3, newest first, at most $5 of `candidates`.

    `LATERAL` and `LIMIT` read one candidate after another, and only as many as are needed.
    """
    matching = """
SELECT found.id FROM candidates CROSS JOIN LATERAL (
    SELECT messages.id FROM messages JOIN chats ON chats.id = chat_id
    WHERE account_id = $1 AND deleted_at IS NULL AND NOT is_temporary
        AND messages.id = candidates.id AND lower(left(content, 50000)) LIKE ALL ($2::text[])
        AND lower(left(content, 50000)) ~ ALL ($3::text[])
    LIMIT 1
) AS found
ORDER BY candidates.id DESC LIMIT $5
"""
    return candidates + matching


# The expressions are those of the indexes.
READ_TERMS: Final = """
SELECT lower(term) AS text, search_grams(term) AS grams FROM unnest($1::text[]) AS term
"""
FIND_NEWEST: Final = each_that_matches("""
WITH candidates AS (SELECT id FROM messages WHERE id < $4 ORDER BY id DESC LIMIT $6)
""")
FIND_BY_PARTS: Final = each_that_matches("""
WITH indexed AS MATERIALIZED (
    SELECT id FROM messages WHERE search_grams(content) @> $6::text[]
), candidates AS (SELECT id FROM indexed WHERE id < $4 ORDER BY id DESC)
""")
FIND_BY_WORDS: Final = each_that_matches("""
WITH indexed AS MATERIALIZED (
    SELECT id FROM messages
    WHERE to_tsvector('simple', left(content, 50000)) @@ to_tsquery('simple', $6)
), candidates AS (SELECT id FROM indexed WHERE id < $4 ORDER BY id DESC)
""")
FIND_BY_BOTH: Final = each_that_matches("""
WITH indexed AS MATERIALIZED (
    SELECT id FROM messages
    WHERE search_grams(content) @> $6::text[]
        AND to_tsvector('simple', left(content, 50000)) @@ to_tsquery('simple', $7)
), candidates AS (SELECT id FROM indexed WHERE id < $4 ORDER BY id DESC)
""")
LIST_FOUND: Final = """
SELECT messages.id, chat_id, coalesce(given_title, title) AS title,
    left(content, 50000) AS content, messages.created_at
FROM messages JOIN chats ON chats.id = chat_id
WHERE account_id = $1 AND messages.id = ANY ($2::bigint[])
ORDER BY messages.id DESC
"""
FIND_TITLES: Final = """
SELECT id, coalesce(given_title, title) AS title, coalesce(active_at, created_at) AS active_at
FROM chats
WHERE account_id = $1 AND deleted_at IS NULL AND NOT is_temporary
    AND lower(coalesce(given_title, title)) LIKE ALL ($2::text[])
    AND lower(coalesce(given_title, title)) ~ ALL ($3::text[])
ORDER BY coalesce(active_at, created_at) DESC, id DESC LIMIT $4
"""
LIST_RECENT: Final = """
SELECT id, coalesce(given_title, title) AS title, active_at FROM chats
WHERE account_id = $1 AND deleted_at IS NULL AND NOT is_temporary AND active_at IS NOT NULL
ORDER BY coalesce(active_at, created_at) DESC, id DESC LIMIT $2
"""


async def read_terms(db: Connection, texts: list[str]) -> Terms:
    """Bring texts into lower case and into parts, as the server's indexes have them."""
    return Terms([Term(*row) for row in await db.fetch(READ_TERMS, texts)])


async def find_newest(
    db: Connection, terms: Terms, *, account_id: int, before: int | None, limit: int
) -> list[int]:
    """Find messages with all terms, newest first, among the newest of the server."""
    values = (account_id, terms.likes, terms.beginnings, before or LARGEST_ID, limit)
    return [row["id"] for row in await db.fetch(FIND_NEWEST, *values, SCANNED)]


async def find_messages(
    db: Connection, terms: Terms, *, account_id: int, before: int | None, limit: int
) -> list[int]:
    """Find messages with all terms, newest first, by the indexes."""
    values = (account_id, terms.likes, terms.beginnings, before or LARGEST_ID, limit)
    grams, words = terms.grams, terms.words
    if grams and words:
        rows = await db.fetch(FIND_BY_BOTH, *values, grams, words)
    elif words:
        rows = await db.fetch(FIND_BY_WORDS, *values, words)
    else:
        rows = await db.fetch(FIND_BY_PARTS, *values, grams)
    return [row["id"] for row in rows]


async def list_found(
    db: Connection, message_ids: list[int], *, account_id: int
) -> list[FoundMessage]:
    """List messages that were found, newest first."""
    return [FoundMessage(*row) for row in await db.fetch(LIST_FOUND, account_id, message_ids)]


async def find_titles(
    db: Connection, terms: Terms, *, account_id: int, limit: int
) -> list[FoundChat]:
    """Find chats with all terms in their titles, the last active first."""
    rows = await db.fetch(FIND_TITLES, account_id, terms.likes, terms.beginnings, limit)
    return [FoundChat(*row) for row in rows]


async def list_recent(db: Connection, *, account_id: int, limit: int) -> list[FoundChat]:
    """List the chats that were active last."""
    return [FoundChat(*row) for row in await db.fetch(LIST_RECENT, account_id, limit)]
