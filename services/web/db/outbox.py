"""The outbox: what a transaction wants published, kept until the bus has it."""

import json
from dataclasses import dataclass, field
from typing import Final
from uuid import uuid4

from markupsafe import Markup

from services.shared.bus.subjects import chat_group, turbo_stream_subject
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
class Publication:
    """A message for the bus; `message_id` lets the bus drop a second copy of it.

    It is random: ids made of row numbers would come again in a database that was made anew beside
    a bus that was kept.
    """

    subject: str
    payload: bytes
    message_id: str = field(default_factory=lambda: uuid4().hex)


@dataclass(frozen=True, slots=True)
class PendingPublication:
    """A publication that waits, by its place in the order."""

    id: int
    subject: str
    message_id: str
    payload: bytes
    trace_context: str | None = None
    """The context in which it was asked for, as JSON; None where a service of before did."""

    @property
    def trace_headers(self) -> dict[str, str]:
        """The same as the headers of a message."""
        headers: dict[str, str] = json.loads(self.trace_context or "{}")
        return headers


@dataclass(frozen=True, slots=True)
class OutboxSize:
    """How many publications wait and are parked, and for how long the oldest has waited."""

    waiting: int
    parked: int
    age_seconds: float


async def insert_publication(db: Connection, publication: Publication) -> None:
    """Add to the end of the outbox, as part of the caller's transaction."""
    trace = trace_headers()
    await db.execute(
        INSERT,
        publication.subject,
        publication.message_id,
        publication.payload,
        json.dumps(trace) if trace else None,
    )


async def publish_streams(db: Connection, chat_id: int, streams: Markup) -> None:
    """Change every open page of a chat, as part of the caller's transaction.

    What is too large for one message has the pages load themselves again.
    """
    if len(streams.encode()) > LARGEST_STREAMS:
        streams = refresh()
    subject = turbo_stream_subject(chat_group(chat_id))
    await insert_publication(db, Publication(subject, streams.encode()))


async def list_pending(db: Connection, *, limit: int) -> list[PendingPublication]:
    """List the first `limit` that wait, in order."""
    return [PendingPublication(*row) for row in await db.fetch(LIST_PENDING, limit)]


async def delete_publication(db: Connection, *, publication_id: int) -> None:
    """Forget one that the bus has taken."""
    await db.execute(DELETE, publication_id)


async def delete_publications(db: Connection, *, subjects: str) -> None:
    """Forget all whose subject is like `subjects`, a pattern of SQL."""
    await db.execute(DELETE_ALIKE, subjects)


async def park_publication(db: Connection, *, publication_id: int) -> None:
    """Set one aside that the bus will never take, so that the others go on."""
    await db.execute(PARK, publication_id)


async def measure_outbox(db: Connection) -> OutboxSize:
    """Count what waits and what is parked."""
    (row,) = await db.fetch(MEASURE)
    return OutboxSize(*row)
