"""The outbox: messages that a transaction publishes, kept until the bus has them."""

import json
from dataclasses import dataclass, field
from typing import Final
from uuid import uuid4

from markupsafe import Markup

from services.shared.bus.subjects import Group, turbo_stream_subject
from services.shared.pages.turbo import refresh
from services.shared.process.tracing.context import trace_headers
from services.web.db.pool import Connection

INSERT: Final = """
INSERT INTO outbox (subject, message_id, payload, trace_context) VALUES ($1, $2, $3, $4)
"""
LIST_PENDING: Final = """
SELECT id, subject, message_id, payload, trace_context FROM outbox
WHERE parked_at IS NULL ORDER BY id LIMIT $1
"""
DELETE: Final = "DELETE FROM outbox WHERE id = $1"
DELETE_ALIKE: Final = "DELETE FROM outbox WHERE subject LIKE $1"
PARK: Final = "UPDATE outbox SET parked_at = now() WHERE id = $1"
MEASURE: Final = """
SELECT count(*) FILTER (WHERE parked_at IS NULL) AS waiting,
    count(parked_at) AS parked,
    coalesce(
        extract(epoch FROM now() - min(created_at) FILTER (WHERE parked_at IS NULL)), 0
    )::float8 AS age_seconds
FROM outbox
"""

# A message of the bus holds 1 MB, headers included.
LARGEST_STREAMS: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class OutboxEntry:
    """A message for the bus; `message_id` lets the bus drop a second copy of it.

    It is random: a new database beside an old bus would use row numbers a second time.
    """

    subject: str
    payload: bytes
    message_id: str = field(default_factory=lambda: uuid4().hex)


@dataclass(frozen=True, slots=True)
class PendingEntry:
    """A message that waits to be published, in the order of `id`."""

    id: int
    subject: str
    message_id: str
    payload: bytes
    trace_context: str | None = None
    """Trace context of its transaction, as JSON; None from versions without tracing."""

    @property
    def trace_headers(self) -> dict[str, str]:
        """The trace context as headers of a message."""
        headers: dict[str, str] = json.loads(self.trace_context or "{}")
        return headers


@dataclass(frozen=True, slots=True)
class OutboxSize:
    """How many messages wait and are parked, and how long the oldest has waited."""

    waiting: int
    parked: int
    age_seconds: float


async def insert_entry(db: Connection, entry: OutboxEntry) -> None:
    """Append to the outbox, in the caller's transaction."""
    trace = trace_headers()
    await db.execute(
        INSERT,
        entry.subject,
        entry.message_id,
        entry.payload,
        json.dumps(trace) if trace else None,
    )


async def publish_streams(db: Connection, group: Group, streams: Markup) -> None:
    """Publish streams to every open page of a group, in the caller's transaction.

    Streams that are too large for one message are replaced by a reload of the pages.
    """
    if len(streams.encode()) > LARGEST_STREAMS:
        streams = refresh()
    await insert_entry(db, OutboxEntry(turbo_stream_subject(group), streams.encode()))


async def list_pending(db: Connection, *, limit: int) -> list[PendingEntry]:
    """List the first `limit` waiting messages, in order."""
    return [PendingEntry(*row) for row in await db.fetch(LIST_PENDING, limit)]


async def delete_entry(db: Connection, *, entry_id: int) -> None:
    """Delete a message that the bus has taken."""
    await db.execute(DELETE, entry_id)


async def delete_entries(db: Connection, *, subjects: str) -> None:
    """Delete all messages whose subject matches `subjects`, a LIKE pattern."""
    await db.execute(DELETE_ALIKE, subjects)


async def park_entry(db: Connection, *, entry_id: int) -> None:
    """Park a message that the bus will never take, so that it does not hold up the others."""
    await db.execute(PARK, entry_id)


async def measure_outbox(db: Connection) -> OutboxSize:
    """Count the messages that wait and that are parked."""
    (row,) = await db.fetch(MEASURE)
    return OutboxSize(*row)
