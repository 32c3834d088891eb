"""Publishes the outbox: at once when woken, and every second for what a crash left behind."""

import asyncio
from contextlib import suppress
from typing import Final

from services.shared.bus.connection import Bus
from services.shared.bus.errors import MessageTooLargeError
from services.shared.process.logging import get_logger
from services.shared.process.tracing.context import message_context
from services.shared.process.tracing.spans import SpanKind, of_message, span
from services.web.db.outbox import (
    PendingPublication,
    delete_publication,
    list_pending,
    park_publication,
)
from services.web.db.pool import Pool, connection
from services.web.errors import DatabaseAwayError

POLL_SECONDS: Final = 1.0
BATCH: Final = 100

log = get_logger("web.relay")


class Relay:
    """One process's publisher of the outbox.

    Several may run at once. Each goes through the rows from the oldest on and waits for every ack,
    so none overtakes; what two of them publish, the stream takes once, by its `Nats-Msg-Id`.
    """

    def __init__(self, pool: Pool, bus: Bus) -> None:
        self._pool = pool
        self._bus = bus
        self._woken = asyncio.Event()

    def wake(self) -> None:
        """Say that a transaction with publications has been committed."""
        self._woken.set()

    async def run(self) -> None:
        """Publish until cancelled."""
        while True:
            self._woken.clear()
            # It has been logged in plain words, and the rows stay where they are.
            with suppress(DatabaseAwayError):
                while await self._publish_batch() == BATCH:
                    pass
            with suppress(TimeoutError):
                async with asyncio.timeout(POLL_SECONDS):
                    await self._woken.wait()

    async def _publish_batch(self) -> int:
        async with connection(self._pool) as db:
            publications = await list_pending(db, limit=BATCH)
        for publication in publications:
            await self._publish(publication)
        return len(publications)

    async def _publish(self, publication: PendingPublication) -> None:
        told = of_message("send", publication.subject, publication.payload)
        context = message_context(publication.trace_headers)
        with span("publish", SpanKind.PRODUCER, told, context=context):
            await self._publish_traced(publication)

    async def _publish_traced(self, publication: PendingPublication) -> None:
        try:
            await self._bus.publish(
                publication.subject, publication.payload, publication.message_id
            )
        except MessageTooLargeError:
            log.error("publication_parked", id=publication.id, size=len(publication.payload))  # noqa: TRY400 - nothing in the trace helps
            async with connection(self._pool) as db:
                await park_publication(db, publication_id=publication.id)
        else:
            async with connection(self._pool) as db:
                await delete_publication(db, publication_id=publication.id)
