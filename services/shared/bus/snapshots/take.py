"""Taking a snapshot of a stream."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Final

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription

from services.shared.bus.errors import CONNECTION_FAULTS
from services.shared.bus.snapshots.protocol import (
    CHUNK_BYTES,
    SnapshotError,
    StreamRecord,
    ask,
    read_record,
)
from services.shared.bus.subjects import snapshot_subject

# What the server sends ahead of the acks; it gives up if none comes for five seconds.
WINDOW_BYTES: Final = 4 * 1024 * 1024
SILENCE_SECONDS: Final = 15.0

STATUS: Final = "Status"
DESCRIPTION: Final = "Description"
WHOLE: Final = "204"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A snapshot while it is taken: the stream's record, and the bytes as they arrive."""

    record: StreamRecord
    chunks: AsyncIterator[bytes]


@asynccontextmanager
async def snapshot_of(client: Client, stream: str) -> AsyncIterator[Snapshot]:
    """Take a snapshot of `stream`; each chunk is acked when the next one is asked for.

    Raises `SnapshotError`, also while the chunks are read.
    """
    reconnects = client.stats["reconnects"]
    inbox = client.new_inbox()
    arriving = await client.subscribe(inbox)
    try:
        wanted = {
            "deliver_subject": inbox,
            "chunk_size": CHUNK_BYTES,
            "window_size": WINDOW_BYTES,
        }
        answer = await ask(client, snapshot_subject(stream), json.dumps(wanted).encode())
        yield Snapshot(read_record(answer), _chunks(client, arriving, reconnects))
    finally:
        with suppress(*CONNECTION_FAULTS):
            await arriving.unsubscribe()


async def _chunks(client: Client, arriving: Subscription, reconnects: int) -> AsyncIterator[bytes]:
    """Read chunks up to the server's end mark.

    Each but the last asks for an ack on a subject that ends with the chunk's number.
    """
    count = 0
    while chunk := await _next(arriving):
        if chunk.reply:
            count += 1
            if chunk.reply.rpartition(".")[2] != str(count):
                raise SnapshotError("a part of the snapshot was lost on its way")
        yield chunk.data
        if chunk.reply:
            await client.publish(chunk.reply)
    if client.stats["reconnects"] != reconnects:
        raise SnapshotError("the connection to NATS broke meanwhile")


async def _next(arriving: Subscription) -> Msg | None:
    """Wait for a chunk; None at the end of a complete snapshot."""
    try:
        message = await arriving.next_msg(timeout=SILENCE_SECONDS)
    except CONNECTION_FAULTS as error:
        raise SnapshotError("nothing more came of the snapshot") from error
    if message.data:
        return message
    headers = message.headers or {}
    if headers.get(STATUS, WHOLE) != WHOLE:
        raise SnapshotError(f"the server gave up: {headers.get(DESCRIPTION, headers[STATUS])}")
    return None
