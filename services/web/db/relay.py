"""Publishes the outbox: at once after a commit, and every second for what a crash left."""

import asyncio
from contextlib import suppress
from typing import Final

from services.shared.bus.connection import Bus
from services.shared.bus.errors import MessageTooLargeError
from services.shared.process.logging import get_logger
from services.shared.process.tracing.context import message_context
from services.shared.process.tracing.spans import SpanKind, message_attributes, span
from services.web.db.outbox import (
    PendingEntry,
    delete_entry,
    list_pending,
    park_entry,
)
from services.web.db.pool import Pool, connection
from services.web.errors import DatabaseAwayError

POLL_SECONDS: Final = 1.0
BATCH: Final = 100

log = get_logger("web.relay")


class Relay:
    """One process's publisher of the outbox.

    Several may run at once. Each publishes the rows oldest first and waits for every ack, so none
    overtakes another; of two copies the stream keeps one, by their `Nats-Msg-Id`.
    """

    def __init__(self, pool: Pool, bus: Bus) -> None:
        self._pool = pool
        self._bus = bus
        self._woken = asyncio.Event()

    def wake(self) -> None:
        """Publish now: a transaction with new entries was committed."""
        self._woken.set()

    async def run(self) -> None:
        """Publish until cancelled."""
        while True:
            self._woken.clear()
            # `connection` has logged it, and the rows stay.
            with suppress(DatabaseAwayError):
                while await self._publish_batch() == BATCH:
                    pass
            with suppress(TimeoutError):
                async with asyncio.timeout(POLL_SECONDS):
                    await self._woken.wait()

    async def _publish_batch(self) -> int:
        async with connection(self._pool) as db:
            entries = await list_pending(db, limit=BATCH)
        for entry in entries:
            await self._publish(entry)
        return len(entries)

    async def _publish(self, entry: PendingEntry) -> None:
        attributes = message_attributes("send", entry.subject, entry.payload)
        context = message_context(entry.trace_headers)
        with span("publish", SpanKind.PRODUCER, attributes, context=context):
            await self._publish_traced(entry)

    async def _publish_traced(self, entry: PendingEntry) -> None:
        try:
            await self._bus.publish(entry.subject, entry.payload, entry.message_id)
        except MessageTooLargeError:
            log.error("publication_parked", id=entry.id, size=len(entry.payload))  # noqa: TRY400 - the trace does not help
            async with connection(self._pool) as db:
                await park_entry(db, entry_id=entry.id)
        else:
            async with connection(self._pool) as db:
                await delete_entry(db, entry_id=entry.id)
