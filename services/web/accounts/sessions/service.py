"""Begins sessions and ends them, within the caller's transaction."""

import secrets
from typing import Final

from services.web.accounts.revoking import close_sockets
from services.web.accounts.sessions.model import Device, hash_token
from services.web.accounts.sessions.queries import (
    NO_SESSION,
    delete_oldest_sessions,
    delete_session,
    delete_session_by_token,
    delete_sessions,
    insert_session,
)
from services.web.db.pool import Connection

MOST_SESSIONS: Final = 100


async def begin_session(
    db: Connection, device: Device, *, account_id: int, instead_of: str | None
) -> str:
    """Begin a session and return its token; the session with token `instead_of` ends.

    A token from before the sign-in is never used on (OWASP, "Session Fixation").
    """
    if instead_of is not None:
        await end_session_of(db, instead_of)
    token = secrets.token_urlsafe(32)
    await insert_session(db, account_id=account_id, token_hash=hash_token(token), device=device)
    if await delete_oldest_sessions(db, account_id=account_id, kept=MOST_SESSIONS):
        await close_sockets(db, account_id=account_id)
    return token


async def end_session_of(db: Connection, token: str) -> None:
    """End the session of a token, if there is one, and close its sockets."""
    account_id = await delete_session_by_token(db, hash_token(token))
    if account_id is not None:
        await close_sockets(db, account_id=account_id)


async def end_session(db: Connection, session_id: int, *, account_id: int) -> bool:
    """End a session of the account, and close its sockets; False if there is none."""
    if not await delete_session(db, session_id, account_id=account_id):
        return False
    await close_sockets(db, account_id=account_id)
    return True


async def end_sessions(db: Connection, *, account_id: int, but: int = NO_SESSION) -> None:
    """End all sessions of the account, or all but one, and close their sockets."""
    await delete_sessions(db, account_id=account_id, but=but)
    await close_sockets(db, account_id=account_id)
