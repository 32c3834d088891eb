"""Reading what a stream has stored on one subject, without a consumer.

Reference: NATS ADR-31, "JetStream Direct Get", with the batches of nats-server 2.11.
"""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from nats.aio.msg import Msg

from services.shared.bus import CONNECTION_FAULTS, Bus, BusAwayError
from services.shared.subjects import direct_get_subject

ANSWER_SECONDS: Final = 5.0
BATCH_MESSAGES: Final = 1000
SEQUENCE: Final = "Nats-Sequence"
TIME: Final = "Nats-Time-Stamp"
STATUS: Final = "Status"
PENDING: Final = "Nats-Num-Pending"
END_OF_BATCH: Final = "204"
NOTHING: Final = "404"


@dataclass(frozen=True, slots=True)
class StoredMessage:
    """A message of a stream: its number there, its bytes and its headers."""

    sequence: int
    payload: bytes
    headers: Mapping[str, str]

    @property
    def stored_at(self) -> datetime:
        """When the server stored it, by its own clock."""
        return datetime.fromisoformat(self.headers[TIME])


async def read_last(bus: Bus, stream: str, subject: str) -> StoredMessage | None:
    """Return the newest message on `subject`; raise `BusAwayError` where NATS does not answer."""
    try:
        reply = await _ask(bus, f"{direct_get_subject(stream)}.{subject}")
    except CONNECTION_FAULTS as error:
        raise BusAwayError(f"{stream} cannot be read") from error
    if _is_message(reply):
        return _stored(reply)
    if _status(reply) == NOTHING:
        return None
    raise BusAwayError(f"{stream} cannot be read: status {_status(reply)}")


async def read_all(bus: Bus, stream: str, subject: str) -> list[StoredMessage]:
    """Return all messages on `subject`, oldest first; raise `BusAwayError` like `read_last`."""
    stored: list[StoredMessage] = []
    more = True
    while more:
        after = stored[-1].sequence if stored else 0
        batch, more = await _read_batch(bus, stream, subject, after)
        stored += batch
        more = more and bool(batch)
    return stored


async def _ask(bus: Bus, subject: str) -> Msg:
    """Like the client's `request`, which takes a stored header `Status: 503` for the server's."""
    inbox = bus.client.new_inbox()
    replies = await bus.client.subscribe(inbox)
    try:
        await bus.client.publish(subject, b"", reply=inbox)
        return await replies.next_msg(timeout=ANSWER_SECONDS)
    finally:
        await replies.unsubscribe()


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
    if _status(reply) not in (END_OF_BATCH, NOTHING):
        raise BusAwayError(f"{stream} cannot be read: status {_status(reply)}")
    return stored, int((reply.headers or {}).get(PENDING, "0")) > 0


def _is_message(reply: Msg) -> bool:
    """Tell a message from the server's word: only the server writes a sequence."""
    return SEQUENCE in (reply.headers or {})


def _status(reply: Msg) -> str | None:
    return (reply.headers or {}).get(STATUS)


def _stored(reply: Msg) -> StoredMessage:
    headers = reply.headers or {}
    return StoredMessage(int(headers[SEQUENCE]), reply.data, headers)
