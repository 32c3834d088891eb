"""Snapshots of a stream: its messages under their numbers, and its consumers, as one file.

Reference: JetStream's API, `STREAM.SNAPSHOT` and `STREAM.RESTORE`, as nats-server 2.11 to 2.15 and
the client jsm.go (`snapshots.go`) speak it. What the file holds is the server's affair.
"""

import asyncio
import json
from collections.abc import AsyncIterable, AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any, Final, Self

import nats.errors
import nats.js.errors
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from services.shared.bus.connection import CONNECTION_FAULTS
from services.shared.bus.subjects import restore_subject, snapshot_subject

CHUNK_BYTES: Final = 128 * 1024
# What the server sends ahead of the acks; it gives up where none comes for five seconds.
WINDOW_BYTES: Final = 4 * 1024 * 1024
ANSWER_SECONDS: Final = 30.0
SILENCE_SECONDS: Final = 15.0
# The server puts a stream's files in order before it answers to the last chunk.
SETTLE_SECONDS: Final = 900.0
HEARINGS: Final = 40
HEARING_SECONDS: Final = 0.05
PLACE_TRIES: Final = 30
PLACE_SECONDS: Final = 1.0
# An error code of JetStream's API.
NO_SUITABLE_PEERS: Final = 10005

STATUS: Final = "Status"
DESCRIPTION: Final = "Description"
WHOLE: Final = "204"

_ANSWER: Final[TypeAdapter[dict[str, Any]]] = TypeAdapter(dict[str, Any])


class SnapshotError(Exception):
    """A snapshot was not taken, or not restored, and why."""


class NoPlaceError(SnapshotError):
    """The cluster has too few nodes that are there for as many copies."""


class StreamRecord(BaseModel):
    """A stream's configuration and state, as the server writes both: what a restore begins with."""

    model_config = ConfigDict(frozen=True)

    config: dict[str, Any]
    state: dict[str, Any]

    @property
    def name(self) -> str:
        """The stream's name."""
        return str(self.config.get("name", ""))

    @property
    def messages(self) -> int:
        """How many messages it holds."""
        return int(self.state.get("messages", 0))

    @property
    def last_sequence(self) -> int:
        """The number of its newest message, also where that has gone."""
        return int(self.state.get("last_seq", 0))

    def with_replicas(self, count: int) -> Self:
        """Return the same for a stream that is kept by so many nodes."""
        return self.model_copy(update={"config": {**self.config, "num_replicas": count}})


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A snapshot that is being taken: what it is of, and its bytes as they come."""

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
        answer = await _ask(client, snapshot_subject(stream), json.dumps(wanted).encode())
        yield Snapshot(_record(answer), _chunks(client, arriving, reconnects))
    finally:
        with suppress(*CONNECTION_FAULTS):
            await arriving.unsubscribe()


async def restore_snapshot(
    client: Client, record: StreamRecord, chunks: AsyncIterable[bytes]
) -> None:
    """Make the stream that `record` names of its snapshot; it must not exist.

    Where anything goes wrong, `chunks` included, the stream is deleted again. Raises
    `SnapshotError`, and whatever `chunks` raises.
    """
    subject = await _find_place(client, record)
    try:
        await _send(client, subject, chunks)
        _check(record, await _ask(client, subject, b"", SETTLE_SECONDS))
    except BaseException:
        await _give_up(client, record.name, subject)
        raise


async def _find_place(client: Client, record: StreamRecord) -> str:
    """Begin a restore, and return the subject that takes its chunks.

    A cluster that has just started may take a node for away for some seconds: it is asked again.
    """
    question = (client, restore_subject(record.name), record.model_dump_json().encode())
    for _ in range(PLACE_TRIES - 1):
        try:
            answer = await _ask(*question)
        except NoPlaceError:
            await asyncio.sleep(PLACE_SECONDS)
        else:
            return str(answer.get("deliver_subject"))
    return str((await _ask(*question)).get("deliver_subject"))


async def _send(client: Client, subject: str, chunks: AsyncIterable[bytes]) -> None:
    """Send one chunk after the other; the server acks each when it has written it."""
    async for chunk in chunks:
        for begin in range(0, len(chunk), CHUNK_BYTES):
            await _hand_over(client, subject, chunk[begin : begin + CHUNK_BYTES])


async def _hand_over(client: Client, subject: str, chunk: bytes) -> dict[str, Any]:
    """Send a chunk, and again where nobody has heard it.

    In a cluster another node than ours may restore the stream, and ours learns a moment later that
    this one listens.
    """
    for _ in range(HEARINGS - 1):
        try:
            return await _ask(client, subject, chunk)
        except SnapshotError as error:
            if not isinstance(error.__cause__, nats.errors.NoRespondersError):
                raise
            await asyncio.sleep(HEARING_SECONDS)
    return await _ask(client, subject, chunk)


async def _give_up(client: Client, stream: str, subject: str) -> None:
    """End a restore that has failed, and delete what has come of it."""
    # The server may keep a part of the stream; told that this was all, it is done with it.
    with suppress(SnapshotError):
        await _ask(client, subject, b"")
    with suppress(nats.js.errors.Error, *CONNECTION_FAULTS):
        await client.jetstream().delete_stream(stream)


async def _chunks(client: Client, arriving: Subscription, reconnects: int) -> AsyncIterator[bytes]:
    """Read chunks up to the end that the server sets.

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
    """Wait for a chunk; None at the end of a snapshot that is whole."""
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


async def _ask(
    client: Client, subject: str, payload: bytes, seconds: float = ANSWER_SECONDS
) -> dict[str, Any]:
    """Return the server's answer; an empty one is an ack. Raises `SnapshotError`."""
    try:
        reply = await client.request(subject, payload, timeout=seconds)
        answer = _ANSWER.validate_json(reply.data) if reply.data else {}
    except CONNECTION_FAULTS as error:
        raise SnapshotError(f"no answer from NATS ({type(error).__name__})") from error
    except ValidationError as error:
        raise SnapshotError("an answer of NATS that cannot be read") from error
    if fault := answer.get("error"):
        kind = NoPlaceError if fault.get("err_code") == NO_SUITABLE_PEERS else SnapshotError
        raise kind(str(fault.get("description", fault)))
    return answer


def _check(record: StreamRecord, answer: dict[str, Any]) -> None:
    restored = _record(answer)
    if restored.last_sequence != record.last_sequence:
        raise SnapshotError(
            f"{record.name} ends with number {restored.last_sequence},"
            f" and not with {record.last_sequence}"
        )


def _record(answer: dict[str, Any]) -> StreamRecord:
    try:
        return StreamRecord.model_validate(answer)
    except ValidationError as error:
        raise SnapshotError("an answer of NATS that cannot be read") from error
