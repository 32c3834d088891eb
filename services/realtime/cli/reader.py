"""Reading a group's publications from the stream, in order, by batch direct get.

Reference: ADR-31, "JetStream Direct Get", with the batches of nats-server 2.11.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Final

import nats.errors
from nats.aio.client import Client
from nats.aio.msg import Msg

from services.shared.subjects import TURBO_STREAM_GET_SUBJECT, Group, turbo_stream_subject

ANSWER_SECONDS: Final = 5.0
BATCH: Final = {"batch": 256, "max_bytes": 1024 * 1024}
END_OF_BATCH: Final = "204"
NOTHING: Final = "404"


class ReadError(Exception):
    """The stream told nothing, or not all; what was read before holds."""


@dataclass(frozen=True, slots=True)
class Stored:
    """A publication: its number in the stream, when it was stored (RFC 3339), and its bytes."""

    sequence: int
    time: str
    payload: bytes


async def read_after(client: Client, group: Group, after: int) -> AsyncIterator[Stored]:
    """Give the publications of `group` beyond number `after` that are stored, oldest first.

    Raises `ReadError`.
    """
    more = True
    while more:
        read, more = await _read_batch(client, group, after)
        for stored in read:
            yield stored
            after = stored.sequence


async def _read_batch(client: Client, group: Group, after: int) -> tuple[list[Stored], bool]:
    """Return one batch, and whether there is more."""
    inbox = client.new_inbox()
    question = {"seq": after + 1, "next_by_subj": turbo_stream_subject(group), **BATCH}
    read: list[Stored] = []
    try:
        answers = await client.subscribe(inbox)
        try:
            await client.publish(
                TURBO_STREAM_GET_SUBJECT, json.dumps(question).encode(), reply=inbox
            )
            async with asyncio.timeout(ANSWER_SECONDS):
                while (stored := _stored(answer := await answers.next_msg(None))) is not None:
                    read.append(stored)
        finally:
            await answers.unsubscribe()
    except (nats.errors.Error, TimeoutError, OSError) as error:
        raise ReadError("no answer from the stream") from error
    return read, bool(read) and _is_more(answer.headers or {})


def _stored(answer: Msg) -> Stored | None:
    """Return a message of the stream, or None for the end of a batch."""
    headers = answer.headers or {}
    # A publisher may have sent a header of the name Status; the server's own come without these.
    if "Nats-Sequence" in headers and "Nats-Time-Stamp" in headers:
        return Stored(int(headers["Nats-Sequence"]), headers["Nats-Time-Stamp"], answer.data)
    if headers.get("Status") in {END_OF_BATCH, NOTHING}:
        return None
    raise ReadError("the stream cannot be read")


def _is_more(headers: Mapping[str, str]) -> bool:
    return int(headers.get("Nats-Num-Pending", "0")) > 0
