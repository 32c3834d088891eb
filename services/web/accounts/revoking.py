"""Closes the live sockets of a person whose sessions have ended."""

import time

from services.shared.bus.messages import Revocation
from services.shared.bus.subjects import REVOKE_SUBJECT
from services.web.db.outbox import OutboxEntry, insert_entry
from services.web.db.pool import Connection


async def close_sockets(db: Connection, *, account_id: int) -> None:
    """Close all sockets of the account once the transaction has ended, and refuse their tokens.

    Pages of sessions that go on get a fresh token, and miss nothing.
    """
    revocation = Revocation(user=str(account_id), at=time.time(), renew=True)
    await insert_entry(db, OutboxEntry(REVOKE_SUBJECT, revocation.model_dump_json().encode()))
