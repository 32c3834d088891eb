"""Batch direct get: few requests for many messages, which any replica of the stream may answer.

Reference: ADR-31, "JetStream Direct Get", with the batches of nats-server 2.11.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Final, NamedTuple

from nats.aio.client import Client

from services.realtime.nats_reading.feed import LiveMessage, subscribe
from services.realtime.nats_reading.headers import read_headers
from services.shared.bus.errors import CONNECTION_FAULTS, BusAwayError
from services.shared.bus.stored_messages import (
    END_OF_BATCH,
    NOTHING,
    PENDING,
    SEQUENCE,
    STATUS,
    SUBJECT,
    TIME,
)
from services.shared.bus.subjects import TURBO_STREAM_GET_SUBJECT, Group

ANSWER_SECONDS: Final = 5.0
# The server reads a batch without a pause; small ones let other requests in between.
BATCH_MESSAGES: Final = 1000
BATCH_BYTES: Final = 1024 * 1024
UP_TO: Final = "Nats-UpTo-Sequence"


@dataclass(frozen=True, slots=True)
class StoredPublication:
    """A message of the stream."""

    sequence: int
    group: Group
    payload: bytes
    time: str = field(default="", compare=False)
    """When it was stored, in ISO 8601; the number alone identifies the message."""


class EndOfBatch(NamedTuple):
    """The end of a batch: whether there is more, and how far the replica has come.

    `up_to` is None for a batch of one subject, and where nothing was found.
    """

    more: bool
    up_to: int | None = None


@dataclass(slots=True)
class _Batch:
    """The messages of one batch as they arrive; `done` is set by its end."""

    done: asyncio.Future[EndOfBatch]
    stored: list[StoredPublication] = field(default_factory=list)

    def receive(self, message: LiveMessage) -> None:
        if self.done.done():
            return
        headers = read_headers(message.headers)
        status = headers.get(STATUS)
        # A publisher can write a status into its message, but no sequence: the server's counts.
        if SEQUENCE in headers and SUBJECT in headers:
            group = Group(headers[SUBJECT].rpartition(".")[2])
            time = headers.get(TIME, "")
            self.stored.append(
                StoredPublication(int(headers[SEQUENCE]), group, message.payload, time)
            )
        elif status == END_OF_BATCH:
            up_to = headers.get(UP_TO)
            more = int(headers.get(PENDING, "0")) > 0
            self.done.set_result(EndOfBatch(more, None if up_to is None else int(up_to)))
        elif status == NOTHING:
            self.done.set_result(EndOfBatch(more=False))
        else:
            self.done.set_exception(BusAwayError(f"the stream cannot be read: status {status}"))


class DirectGet:
    """Reads by one connection; raises `BusAwayError` where NATS does not answer."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._inbox = client.new_inbox()
        self._answers: dict[bytes, _Batch] = {}
        self._numbers = count(1)

    async def open(self) -> None:
        """Subscribe to the answers; to be called once, before anything is asked."""
        await subscribe(self._client, f"{self._inbox}.*", self._receive)

    async def batches(
        self, subject: str, start: Mapping[str, object]
    ) -> AsyncIterator[list[StoredPublication]]:
        """Read the messages on `subject` from `start` on, a batch at a time, oldest first."""
        question = {**start, "next_by_subj": subject}
        more = True
        while more:
            bounded = {**question, "batch": BATCH_MESSAGES, "max_bytes": BATCH_BYTES}
            stored, (more, _) = await self.ask(bounded)
            if not stored:
                return
            yield stored
            question = {"seq": stored[-1].sequence + 1, "next_by_subj": subject}

    async def ask(
        self, question: Mapping[str, object]
    ) -> tuple[list[StoredPublication], EndOfBatch]:
        """Ask for one batch; return it and its end."""
        if not self._client.is_connected:
            raise BusAwayError("not connected to NATS")
        number = b"%d" % next(self._numbers)
        answer = _Batch(asyncio.get_running_loop().create_future())
        self._answers[number] = answer
        try:
            payload = json.dumps(question).encode()
            await self._client.publish(
                TURBO_STREAM_GET_SUBJECT, payload, reply=f"{self._inbox}.{number.decode()}"
            )
            async with asyncio.timeout(ANSWER_SECONDS):
                return answer.stored, await answer.done
        except CONNECTION_FAULTS as error:
            raise BusAwayError("no answer from the stream") from error
        finally:
            del self._answers[number]

    def _receive(self, message: LiveMessage) -> None:
        answer = self._answers.get(message.subject.rpartition(b".")[2])
        if answer is not None:
            answer.receive(message)
