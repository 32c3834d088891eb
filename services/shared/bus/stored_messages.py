"""Reads the messages of a stream on one subject, without a consumer and never out of date.

Any replica answers a direct get, even one that lags. Replicas store everything in the leader's
order, though, so what a replica has is always a prefix. So a single message is read from the
leader; if many are read from a replica, the leader supplies those after its last.

Reference: NATS ADR-31, "JetStream Direct Get", with the batches of nats-server 2.11.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, cast

from nats.aio.msg import Msg
from nats.js import JetStreamContext
from nats.js.errors import APIError, NotFoundError

from services.shared.bus.connection import Bus
from services.shared.bus.errors import CONNECTION_FAULTS, BusAwayError, NoStreamError
from services.shared.bus.subjects import direct_get_subject

ANSWER_SECONDS: Final = 5.0
BATCH_MESSAGES: Final = 1000
SEQUENCE: Final = "Nats-Sequence"
SUBJECT: Final = "Nats-Subject"
TIME: Final = "Nats-Time-Stamp"
STATUS: Final = "Status"
PENDING: Final = "Nats-Num-Pending"
END_OF_BATCH: Final = "204"
NOTHING: Final = "404"
NO_RESPONDERS: Final = "503"
# An error code of JetStream's API.
NO_MESSAGE_FOUND: Final = 10037


@dataclass(frozen=True, slots=True)
class StoredMessage:
    """A message of a stream, with its number there."""

    sequence: int
    subject: str
    payload: bytes
    headers: Mapping[str, str]
    stored_at: datetime
    """By the server's clock."""


async def read_last(bus: Bus, stream: str, subject: str) -> StoredMessage | None:
    """Return the newest message on `subject`; raise `BusAwayError` if NATS does not answer."""
    return await _held(bus, stream, subject=subject)


async def read_one(bus: Bus, stream: str, sequence: int) -> StoredMessage | None:
    """Return message number `sequence`; raise `BusAwayError` like `read_last`."""
    return await _held(bus, stream, seq=sequence)


async def read_all(bus: Bus, stream: str, subject: str) -> list[StoredMessage]:
    """Return all messages on `subject`, oldest first; raise `BusAwayError` like `read_last`."""
    return [each async for batch in read_batches(bus, stream, subject) for each in batch]


async def read_batches(bus: Bus, stream: str, subject: str) -> AsyncIterator[list[StoredMessage]]:
    """Read all messages on `subject` a batch at a time, oldest first.

    Raises `BusAwayError` like `read_last`, and `NoStreamError` if there is no such stream.
    """
    after = 0
    more = True
    while more:
        batch, more = await _read_batch(bus, stream, subject, after)
        if not batch:
            break
        yield batch
        after = batch[-1].sequence
    async for rest in each_of(bus, stream, subject, after=after):
        yield [rest]


async def each_of(
    bus: Bus, stream: str, subject: str, *, after: int = 0
) -> AsyncIterator[StoredMessage]:
    """Read the messages on `subject` after number `after`, with one request for each.

    Raises `BusAwayError` like `read_last`.
    """
    while found := await _held(bus, stream, subject=subject, seq=after + 1, next=True):
        yield found
        after = found.sequence


async def ask_leader(
    jetstream: JetStreamContext, stream: str, **question: Any
) -> StoredMessage | None:
    """Ask for a message as nats-py's `get_msg` does, and return None if there is none.

    Raises what `get_msg` raises. A former leader may answer, too: see `Lease`.
    """
    try:
        found = await jetstream.get_msg(stream, **question)
    except APIError as error:
        if error.err_code != NO_MESSAGE_FOUND:
            raise
        return None
    stored_at = cast(datetime, found.time)
    return StoredMessage(
        found.seq or 0, found.subject or "", found.data or b"", found.headers or {}, stored_at
    )


async def _held(bus: Bus, stream: str, **question: Any) -> StoredMessage | None:
    try:
        return await bus.lease.held(lambda: ask_leader(bus.jetstream, stream, **question))
    except NotFoundError as error:
        raise NoStreamError(f"there is no stream {stream}") from error
    except CONNECTION_FAULTS as error:
        raise BusAwayError(f"{stream} cannot be read: {error}") from error


def _end(stored: list[StoredMessage]) -> int:
    return stored[-1].sequence if stored else 0


async def _read_batch(
    bus: Bus, stream: str, subject: str, after: int
) -> tuple[list[StoredMessage], bool]:
    question = {"seq": after + 1, "next_by_subj": subject, "batch": BATCH_MESSAGES}
    inbox = bus.client.new_inbox()
    stored: list[StoredMessage] = []
    try:
        replies = await bus.client.subscribe(inbox)
        try:
            payload = json.dumps(question).encode()
            await bus.client.publish(direct_get_subject(stream), payload, reply=inbox)
            async with asyncio.timeout(ANSWER_SECONDS):
                while _is_message(reply := await replies.next_msg(timeout=None)):
                    stored.append(_stored(reply))
        finally:
            await replies.unsubscribe()
    except CONNECTION_FAULTS as error:
        raise BusAwayError(f"{stream} cannot be read") from error
    if _status(reply) == NO_RESPONDERS:
        await read_last(bus, stream, subject)  # tells whether there is such a stream
    if _status(reply) not in (END_OF_BATCH, NOTHING):
        raise BusAwayError(f"{stream} cannot be read: status {_status(reply)}")
    return stored, int((reply.headers or {}).get(PENDING, "0")) > 0


def _is_message(reply: Msg) -> bool:
    """Return whether this is a message, not a status: only messages have a sequence."""
    return SEQUENCE in (reply.headers or {})


def _status(reply: Msg) -> str | None:
    return (reply.headers or {}).get(STATUS)


def _stored(reply: Msg) -> StoredMessage:
    headers = reply.headers or {}
    stored_at = datetime.fromisoformat(headers[TIME])
    return StoredMessage(int(headers[SEQUENCE]), headers[SUBJECT], reply.data, headers, stored_at)
