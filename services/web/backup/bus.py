"""Writes the bus into an archive, and restores it from one.

The order of the streams makes a backup consistent while everything runs: a stream's messages refer
only to streams that are read later, and the database is dumped last. So an answer's log names no
job that the queue lacks, a job that has moved is in the stream that it moved to, and no message has
an id that the database would use again.

`TURBO_STREAM` is not part of it. It holds the last 15 minutes of changes to pages, whose outcome is
in the database. A restore creates it anew, and open pages then load themselves again. Nor is
`CONTROL`: the tokens that it revokes live for a quarter of an hour, and gateways that run remember.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from typing import BinaryIO, Final

import nats.js.errors
from nats.aio.client import Client

from services.shared.bus.connection import Bus
from services.shared.bus.errors import CONNECTION_FAULTS, BusAwayError
from services.shared.bus.snapshots.restore import restore_snapshot
from services.shared.bus.snapshots.take import snapshot_of
from services.shared.bus.stream_management import check_replicas, declare_when_ready, delete_streams
from services.shared.bus.subjects import (
    AI_JOBS,
    AI_PARKED,
    AI_RESULTS,
    AI_STOPS,
    AI_SUSPECTS,
    AI_TEXT,
)
from services.shared.process.logging import get_logger
from services.web.backup.archive import ArchiveError, ArchiveHeader
from services.web.backup.archive_reader import ArchiveReader
from services.web.backup.archive_writer import ArchiveWriter

BACKED_UP: Final = (AI_TEXT, AI_JOBS, AI_SUSPECTS, AI_PARKED, AI_RESULTS, AI_STOPS)

log = get_logger("web.backup")


class OccupiedError(Exception):
    """The bus holds messages that a restore would replace."""


async def snapshot_bus(bus: Bus, target: BinaryIO, *, schema_version: str) -> None:
    """Write an archive of the bus to `target`, in bounded memory.

    Raises `SnapshotError`, and what `target` raises; the archive is then cut off.
    """
    header = ArchiveHeader(
        made_at=datetime.now(UTC),
        schema_version=schema_version,
        streams=BACKED_UP,
    )
    archive = await asyncio.to_thread(ArchiveWriter, target, header)
    for stream in BACKED_UP:
        await _snapshot_stream(bus.client, stream, archive)
    await asyncio.to_thread(archive.end)


async def _snapshot_stream(client: Client, stream: str, archive: ArchiveWriter) -> None:
    async with snapshot_of(client, stream) as snapshot:
        await asyncio.to_thread(archive.begin, snapshot.record)
        async for chunk in snapshot.chunks:
            await asyncio.to_thread(archive.write, chunk)
        await asyncio.to_thread(archive.finish)
        log.info("stream_saved", stream=stream, messages=snapshot.record.messages)


async def restore_bus(
    bus: Bus, source: BinaryIO, *, schema_version: str, replace: bool = False, replicas: int = 1
) -> None:
    """Restore the bus from an archive; everything it held is deleted, also `TURBO_STREAM`.

    Each stream gets `replicas` copies, whatever it had before. Raises `ArchiveError` if the archive
    is incomplete or of a newer Natter; `OccupiedError` if the bus holds messages, unless `replace`;
    `ReplicasError`; `SnapshotError`; `BusAwayError`. A restore that fails after it has begun leaves
    the bus without streams.
    """
    archive = await asyncio.to_thread(ArchiveReader, source)
    _check(archive.header, schema_version)
    await _check_replicas(bus, replicas)
    if not replace:
        await _check_empty(bus)
    try:
        await _clear(bus)
        while record := await asyncio.to_thread(archive.next_stream):
            copied = record.with_replicas(replicas)
            await restore_snapshot(bus.client, copied, _parts(archive.parts(record)))
            log.info("stream_restored", stream=record.name, messages=record.messages)
    except BaseException:
        await _clear(bus)
        raise
    await declare_when_ready(bus.jetstream, replicas)


def verify_archive(source: BinaryIO, *, schema_version: str) -> None:
    """Read an archive as `restore_bus` would; raises `ArchiveError` if that would refuse it."""
    archive = ArchiveReader(source)
    _check(archive.header, schema_version)
    while record := archive.next_stream():
        for _ in archive.parts(record):
            pass


def _check(header: ArchiveHeader, schema_version: str) -> None:
    if header.schema_version > schema_version:
        raise ArchiveError(
            f"the backup is of a newer Natter, whose database has version {header.schema_version};"
            f" this one knows version {schema_version}"
        )
    if unknown := set(header.streams) - set(BACKED_UP):
        raise ArchiveError(f"this version of Natter does not know {', '.join(sorted(unknown))}")


async def _check_replicas(bus: Bus, replicas: int) -> None:
    try:
        await check_replicas(bus.jetstream, replicas)
    except (nats.js.errors.Error, *CONNECTION_FAULTS) as error:
        raise BusAwayError("no stream can be made") from error


async def _check_empty(bus: Bus) -> None:
    try:
        streams = await bus.jetstream.streams_info()
    except (nats.js.errors.Error, *CONNECTION_FAULTS) as error:
        raise BusAwayError("the streams cannot be listed") from error
    full = {each.config.name for each in streams if each.state.messages}
    if found := [stream for stream in BACKED_UP if stream in full]:
        raise OccupiedError(f"the bus holds messages: {', '.join(found)}")


async def _clear(bus: Bus) -> None:
    """Delete all of Natter's streams; raises `BusAwayError`."""
    try:
        await delete_streams(bus.client)
    except (nats.js.errors.Error, *CONNECTION_FAULTS) as error:
        raise BusAwayError("the streams cannot be deleted") from error


async def _parts(parts: Iterator[bytes]) -> AsyncIterator[bytes]:
    """Read parts in a thread, because reading from a pipe may block."""
    while (part := await asyncio.to_thread(next, parts, None)) is not None:
        yield part
