"""Restoring a stream from its snapshot."""

import asyncio
from collections.abc import AsyncIterable
from contextlib import suppress
from typing import Final

import nats.errors
import nats.js.errors
from nats.aio.client import Client

from services.shared.bus.errors import CONNECTION_FAULTS
from services.shared.bus.snapshots.protocol import (
    CHUNK_BYTES,
    Answer,
    NoPlaceError,
    SnapshotError,
    StreamRecord,
    ask,
    read_record,
)
from services.shared.bus.subjects import restore_subject

# The server puts a stream's files in order before it answers to the last chunk.
SETTLE_SECONDS: Final = 900.0
CHUNK_TRIES: Final = 40
CHUNK_RETRY_SECONDS: Final = 0.05
PLACE_TRIES: Final = 30
PLACE_RETRY_SECONDS: Final = 1.0


async def restore_snapshot(
    client: Client, record: StreamRecord, chunks: AsyncIterable[bytes]
) -> None:
    """Create the stream of `record` from its snapshot; it must not exist.

    If anything fails, `chunks` included, the stream is deleted again. Raises `SnapshotError`, and
    what `chunks` raises.
    """
    subject = await _find_place(client, record)
    try:
        await _send(client, subject, chunks)
        _check(record, await ask(client, subject, b"", SETTLE_SECONDS))
    except BaseException:
        await _abort(client, record.name, subject)
        raise


async def _find_place(client: Client, record: StreamRecord) -> str:
    """Begin a restore, and return the subject that takes its chunks.

    A cluster that has just started may take a node for down for some seconds, so this retries.
    """
    question = (client, restore_subject(record.name), record.model_dump_json().encode())
    for _ in range(PLACE_TRIES - 1):
        try:
            answer = await ask(*question)
        except NoPlaceError:
            await asyncio.sleep(PLACE_RETRY_SECONDS)
        else:
            return str(answer.get("deliver_subject"))
    return str((await ask(*question)).get("deliver_subject"))


async def _send(client: Client, subject: str, chunks: AsyncIterable[bytes]) -> None:
    """Send one chunk after the other; the server acks each when it has written it."""
    async for chunk in chunks:
        for begin in range(0, len(chunk), CHUNK_BYTES):
            await _send_chunk(client, subject, chunk[begin : begin + CHUNK_BYTES])


async def _send_chunk(client: Client, subject: str, chunk: bytes) -> Answer:
    """Send a chunk; repeat it while it has no subscriber.

    In a cluster another node than ours may restore the stream, and ours learns of its subscription
    a moment later.
    """
    for _ in range(CHUNK_TRIES - 1):
        try:
            return await ask(client, subject, chunk)
        except SnapshotError as error:
            if not isinstance(error.__cause__, nats.errors.NoRespondersError):
                raise
            await asyncio.sleep(CHUNK_RETRY_SECONDS)
    return await ask(client, subject, chunk)


async def _abort(client: Client, stream: str, subject: str) -> None:
    """End a restore that has failed, and delete the stream."""
    # The server may keep a part of the stream; an empty chunk says that this was all.
    with suppress(SnapshotError):
        await ask(client, subject, b"")
    with suppress(nats.js.errors.Error, *CONNECTION_FAULTS):
        await client.jetstream().delete_stream(stream)


def _check(record: StreamRecord, answer: Answer) -> None:
    restored = read_record(answer)
    if restored.last_sequence != record.last_sequence:
        raise SnapshotError(
            f"{record.name} ends with number {restored.last_sequence},"
            f" and not with {record.last_sequence}"
        )
