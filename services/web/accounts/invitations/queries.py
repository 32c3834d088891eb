"""The SQL of invitations, each known by the hash of its token."""

from typing import Final

from services.web.db.pool import Connection

INSERT_INVITATION: Final = """
INSERT INTO invitations (token_hash, expires_at) VALUES ($1, now() + make_interval(secs => $2))
"""
FIND_INVITATION: Final = """
SELECT id FROM invitations WHERE token_hash = $1 AND expires_at > now()
"""
USE_INVITATION: Final = """
DELETE FROM invitations WHERE token_hash = $1 AND expires_at > now() RETURNING id
"""
DELETE_EXPIRED: Final = "DELETE FROM invitations WHERE expires_at < now()"


async def insert_invitation(db: Connection, token_hash: bytes, *, seconds: float) -> None:
    """Store an invitation that is good for `seconds`."""
    await db.execute(INSERT_INVITATION, token_hash, seconds)


async def is_invitation(db: Connection, token_hash: bytes) -> bool:
    """Return whether an invitation is good."""
    return await db.fetchval(FIND_INVITATION, token_hash) is not None


async def use_invitation(db: Connection, token_hash: bytes) -> bool:
    """Use an invitation up; False if it is not good."""
    return await db.fetchval(USE_INVITATION, token_hash) is not None


async def delete_expired_invitations(db: Connection) -> None:
    """Remove the invitations that nobody used in time."""
    await db.execute(DELETE_EXPIRED)
