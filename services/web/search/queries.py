"""The SQL of searches; every statement names the account."""

from dataclasses import dataclass
from typing import Final

from services.web.chats.model import LARGEST_ID
from services.web.db.pool import Connection
from services.web.search.model import FoundChat, FoundMessage
from services.web.search.terms import Term, Terms

# So many of the newest messages are looked at before the indexes are: common words are there.
SCANNED: Final = 300
COUNTED: Final = 2_000


@dataclass(frozen=True, slots=True)
class Search:
    """What is searched for: account `account_id`'s messages with all `terms`, before `before`."""

    account_id: int
    terms: Terms
    before: int | None

    def values(self, limit: int) -> tuple[int, list[str], list[str], int, int]:
        """Return the first arguments of every statement that finds messages."""
        likes, beginnings = self.terms.likes, self.terms.beginnings
        return self.account_id, likes, beginnings, self.before or LARGEST_ID, limit

    def by_index(self, by_parts: str, by_words: str, by_both: str) -> str:
        """Return the statement that asks the indexes which the terms are in."""
        if not self.terms.words:
            return by_parts
        return by_both if self.terms.grams else by_words


def matching(candidates: str) -> str:
    """Select those of `candidates` that are account $1's and hold all of $2 and $3, one by one.

    `LATERAL` and `LIMIT` make PostgreSQL read no more of them than are needed.
    """
    matches = """
CROSS JOIN LATERAL (
    SELECT messages.id FROM messages JOIN chats ON chats.id = chat_id
    WHERE account_id = $1 AND deleted_at IS NULL AND NOT is_temporary
        AND messages.id = candidates.id AND lower(left(content, 50000)) LIKE ALL ($2::text[])
        AND lower(left(content, 50000)) ~ ALL ($3::text[])
    LIMIT 1
) AS found
"""
    return f"SELECT found.id FROM ({candidates}) AS candidates{matches}"  # noqa: S608 - constants


def newest(indexed: str) -> str:
    """Find the newest $5 that match and are older than $4, of those in `indexed`."""
    candidates = "SELECT id FROM indexed WHERE id < $4 ORDER BY id DESC"
    return f"{indexed}{matching(candidates)}ORDER BY candidates.id DESC LIMIT $5"


def count(indexed: str) -> str:
    """Count those that match and are older than $4, of those in `indexed`, up to $5."""
    found = matching("SELECT id FROM indexed WHERE id < $4")
    return f"{indexed}SELECT count(*) FROM ({found}LIMIT $5) AS counted"  # noqa: S608 - constants


# The expressions are those of the indexes. `MATERIALIZED` keeps PostgreSQL from reading messages in
# the order of their ids instead, which takes seconds for a rare word.
_by_parts: Final = """
WITH indexed AS MATERIALIZED (SELECT id FROM messages WHERE search_grams(content) @> $6::text[])
"""
_by_words: Final = """
WITH indexed AS MATERIALIZED (
    SELECT id FROM messages
    WHERE to_tsvector('simple', left(content, 50000)) @@ to_tsquery('simple', $6)
)
"""
_by_both: Final = """
WITH indexed AS MATERIALIZED (
    SELECT id FROM messages
    WHERE search_grams(content) @> $6::text[]
        AND to_tsvector('simple', left(content, 50000)) @@ to_tsquery('simple', $7)
)
"""

_among_newest: Final = """
WITH indexed AS (SELECT id FROM messages WHERE id < $4 ORDER BY id DESC LIMIT $6)
"""

READ_TERMS: Final = """
SELECT lower(term) AS text, search_grams(term) AS grams FROM unnest($1::text[]) AS term
"""
FIND_AMONG_NEWEST: Final = newest(_among_newest)
COUNT_AMONG_NEWEST: Final = count(_among_newest)
FIND_BY_PARTS: Final = newest(_by_parts)
FIND_BY_WORDS: Final = newest(_by_words)
FIND_BY_BOTH: Final = newest(_by_both)
COUNT_BY_PARTS: Final = count(_by_parts)
COUNT_BY_WORDS: Final = count(_by_words)
COUNT_BY_BOTH: Final = count(_by_both)
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


async def find_among_newest(db: Connection, search: Search, limit: int) -> list[int]:
    """Find messages, newest first, among the newest of the server."""
    rows = await db.fetch(FIND_AMONG_NEWEST, *search.values(limit), SCANNED)
    return [row["id"] for row in rows]


async def find_by_index(db: Connection, search: Search, limit: int) -> list[int]:
    """Find messages, newest first."""
    statement = search.by_index(FIND_BY_PARTS, FIND_BY_WORDS, FIND_BY_BOTH)
    rows = await db.fetch(statement, *search.values(limit), *search.terms.indexed)
    return [row["id"] for row in rows]


async def count_among_newest(db: Connection, search: Search, limit: int) -> int:
    """Count messages among the newest of the server, up to `limit`."""
    counted: int = await db.fetchval(COUNT_AMONG_NEWEST, *search.values(limit), COUNTED)
    return counted


async def count_by_index(db: Connection, search: Search, limit: int) -> int:
    """Count messages, up to `limit`."""
    statement = search.by_index(COUNT_BY_PARTS, COUNT_BY_WORDS, COUNT_BY_BOTH)
    counted: int = await db.fetchval(statement, *search.values(limit), *search.terms.indexed)
    return counted


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
