"""The SQL of limits: rates by the generic cell rate algorithm (ITU-T I.371, annex A), and tokens.

Statements of rates read the clock itself: `now()` is the start of a transaction, which may have
waited for the row since.
"""

from typing import Final

from services.web.db.pool import Connection
from services.web.limits.model import Rate

TAKE: Final = """
INSERT INTO rate_limits AS stored (key, arrival)
VALUES ($1, clock_timestamp() + make_interval(secs => $2))
ON CONFLICT (key) DO UPDATE
SET arrival = greatest(stored.arrival, clock_timestamp()) + make_interval(secs => $2)
WHERE stored.arrival <= clock_timestamp() + make_interval(secs => $3)
RETURNING true
"""
FIND_WAIT: Final = """
SELECT extract(epoch FROM arrival - clock_timestamp())::float8 - $2 FROM rate_limits WHERE key = $1
"""
GIVE_BACK: Final = """
UPDATE rate_limits SET arrival = arrival - make_interval(secs => $2) WHERE key = $1
"""
SWEEP: Final = """
WITH swept AS (
    DELETE FROM rate_limits WHERE key IN (
        SELECT key FROM rate_limits WHERE arrival < now() LIMIT $1 FOR UPDATE SKIP LOCKED
    ) RETURNING key
)
SELECT count(*) FROM swept
"""
COUNT_TOKENS: Final = """
INSERT INTO token_counts AS stored (account_id, day, tokens)
VALUES ($1, (now() AT TIME ZONE 'UTC')::date, $2)
ON CONFLICT (account_id, day) DO UPDATE SET tokens = stored.tokens + $2
"""
FIND_TOKENS: Final = """
SELECT tokens FROM token_counts WHERE account_id = $1 AND day = (now() AT TIME ZONE 'UTC')::date
"""
SWEEP_TOKENS: Final = """
DELETE FROM token_counts WHERE day < (now() AT TIME ZONE 'UTC')::date - 1
"""


async def take(db: Connection, key: str, rate: Rate) -> float | None:
    """Count an event of `key` if `rate` allows it now; else return after how many seconds it does.

    The key's row stays locked until the caller's transaction ends, and nothing was counted if that
    rolls back. A transaction that takes several keys takes them in alphabetical order.
    """
    if await db.fetchval(TAKE, key, rate.interval, rate.tolerance):
        return None
    seconds: float | None = await db.fetchval(FIND_WAIT, key, rate.tolerance)
    return max(seconds or 0.0, 0.0)


async def give_back(db: Connection, key: str, rate: Rate) -> None:
    """Undo one `take` of the same key and rate that was allowed."""
    await db.execute(GIVE_BACK, key, rate.interval)


async def sweep(db: Connection, *, limit: int) -> int:
    """Delete up to `limit` rows that limit nothing any more; return how many."""
    swept: int = await db.fetchval(SWEEP, limit)
    return swept


async def count_tokens(db: Connection, tokens: int, *, account_id: int) -> None:
    """Add to the tokens that the account has used today (UTC)."""
    await db.execute(COUNT_TOKENS, account_id, tokens)


async def find_tokens(db: Connection, *, account_id: int) -> int:
    """Return how many tokens the account has used today (UTC)."""
    found: int | None = await db.fetchval(FIND_TOKENS, account_id)
    return found or 0


async def sweep_tokens(db: Connection) -> None:
    """Delete the counts of the days before yesterday (UTC)."""
    await db.execute(SWEEP_TOKENS)
