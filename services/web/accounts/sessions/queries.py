"""The SQL of sessions; every statement names the account, or the token that only its owner has."""

from typing import Final

from services.web.accounts.sessions.model import Device, FoundSession, Lifetimes, ListedSession
from services.web.db.pool import Connection

_valid: Final = """used_at > now() - make_interval(secs => $2)
    AND sessions.created_at > now() - make_interval(secs => $3)"""

INSERT_SESSION: Final = """
INSERT INTO sessions (account_id, token_hash, user_agent, address) VALUES ($1, $2, $3, $4)
"""
FIND_SESSION: Final = f"""
SELECT sessions.id AS session_id, used_at < now() - make_interval(secs => $4) AS is_used_anew,
    account_id, name, is_admin, preferences AS preferences_json
FROM sessions JOIN accounts ON accounts.id = account_id
WHERE token_hash = $1 AND {_valid} AND disabled_at IS NULL AND deleted_at IS NULL
"""  # noqa: S608 - a constant
# Of two requests at once, one writes.
NOTE_USE: Final = """
UPDATE sessions SET used_at = now(), user_agent = $4, address = $5
WHERE account_id = $1 AND id = $2 AND used_at < now() - make_interval(secs => $3)
"""
LIST_SESSIONS: Final = f"""
SELECT id, user_agent, address, created_at, used_at FROM sessions
WHERE account_id = $1 AND {_valid} ORDER BY used_at DESC, id DESC
"""  # noqa: S608 - a constant
DELETE_SESSION: Final = "DELETE FROM sessions WHERE account_id = $1 AND id = $2 RETURNING id"
DELETE_BY_TOKEN: Final = "DELETE FROM sessions WHERE token_hash = $1 RETURNING account_id"  # noqa: S105 - SQL
DELETE_SESSIONS: Final = "DELETE FROM sessions WHERE account_id = $1 AND id <> $2"
DELETE_OLDEST: Final = """
DELETE FROM sessions WHERE account_id = $1 AND id IN (
    SELECT id FROM sessions WHERE account_id = $1 ORDER BY used_at DESC, id DESC OFFSET $2
)
RETURNING id
"""
DELETE_EXPIRED: Final = """
DELETE FROM sessions
WHERE used_at < now() - make_interval(secs => $1)
    OR created_at < now() - make_interval(secs => $2)
"""
NO_SESSION: Final = 0


async def insert_session(
    db: Connection, *, account_id: int, token_hash: bytes, device: Device
) -> None:
    """Begin a session of an account."""
    await db.execute(INSERT_SESSION, account_id, token_hash, device.user_agent, device.address)


async def find_session(
    db: Connection, token_hash: bytes, lifetimes: Lifetimes
) -> FoundSession | None:
    """Find a valid session by the hash of its token."""
    row = await db.fetchrow(
        FIND_SESSION, token_hash, lifetimes.idle, lifetimes.absolute, lifetimes.note_use_after
    )
    return FoundSession(*row) if row else None


async def note_use(
    db: Connection, session_id: int, device: Device, *, account_id: int, after: float
) -> None:
    """Store that a session is used now, unless that was stored within the last `after` seconds."""
    await db.execute(NOTE_USE, account_id, session_id, after, device.user_agent, device.address)


async def list_sessions(
    db: Connection, lifetimes: Lifetimes, *, account_id: int
) -> list[ListedSession]:
    """List an account's valid sessions, the last used first."""
    rows = await db.fetch(LIST_SESSIONS, account_id, lifetimes.idle, lifetimes.absolute)
    return [ListedSession(*row) for row in rows]


async def delete_session(db: Connection, session_id: int, *, account_id: int) -> bool:
    """End a session of an account; False if there is none."""
    return await db.fetchval(DELETE_SESSION, account_id, session_id) is not None


async def delete_session_by_token(db: Connection, token_hash: bytes) -> int | None:
    """End the session of a token; return the account's id, None if there is no such session."""
    account_id: int | None = await db.fetchval(DELETE_BY_TOKEN, token_hash)
    return account_id


async def delete_sessions(db: Connection, *, account_id: int, but: int = NO_SESSION) -> None:
    """End all sessions of an account, or all but one."""
    await db.execute(DELETE_SESSIONS, account_id, but)


async def delete_oldest_sessions(db: Connection, *, account_id: int, kept: int) -> bool:
    """End the sessions of an account but for the `kept` that were used last; False if none did."""
    return await db.fetchval(DELETE_OLDEST, account_id, kept) is not None


async def delete_expired_sessions(db: Connection, lifetimes: Lifetimes) -> None:
    """Remove the sessions of all accounts that have expired."""
    await db.execute(DELETE_EXPIRED, lifetimes.idle, lifetimes.absolute)
