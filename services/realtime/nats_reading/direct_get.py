"""Batch direct get: a few requests for many messages, from whichever copy of the stream answers.

Reference: ADR-31, "JetStream Direct Get", with the batches of nats-server 2.11.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Final, NamedTuple

from nats.aio.client import Client

from services.realtime.nats_reading.feed import Message, listen
from services.realtime.nats_reading.wire import read_headers
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
# The server reads a batch at one go; smaller ones let others in between.
BATCH_MESSAGES: Final = 1000
BATCH_BYTES: Final = 1024 * 1024
UP_TO: Final = "Nats-UpTo-Sequence"


@dataclass(frozen=True, slots=True)
class Stored:
    """A message of the stream: its number, its group, its bytes, and when it was stored."""

    sequence: int
    group: Group
    payload: bytes
    time: str = field(default="", compare=False)
    """In ISO 8601; the number alone tells which message it is."""


class End(NamedTuple):
    """What the end of a batch tells: whether there is more, and up to where the copy has come.

    That is None for a batch of one subject, and where nothing was found.
    """

    more: bool
    up_to: int | None = None


@dataclass(slots=True)
class _Answer:
    """The messages of one batch as they arrive; `done` is set by its end."""

    done: asyncio.Future[End]
    stored: list[Stored] = field(default_factory=list)

    def receive(self, message: Message) -> None:
        if self.done.done():
            return
        headers = read_headers(message.headers)
        status = headers.get(STATUS)
        # A publisher may have given its message a status of its own, but no sequence: the server
        # writes that over.
        if SEQUENCE in headers and SUBJECT in headers:
            group = Group(headers[SUBJECT].rpartition(".")[2])
            time = headers.get(TIME, "")
            self.stored.append(Stored(int(headers[SEQUENCE]), group, message.payload, time))
        elif status == END_OF_BATCH:
            up_to = headers.get(UP_TO)
            more = int(headers.get(PENDING, "0")) > 0
            self.done.set_result(End(more, None if up_to is None else int(up_to)))
        elif status == NOTHING:
            self.done.set_result(End(more=False))
        else:
            self.done.set_exception(BusAwayError(f"the stream cannot be read: status {status}"))


class DirectGet:
    """Asks on one connection; raises `BusAwayError` where NATS does not answer."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._inbox = client.new_inbox()
        self._answers: dict[bytes, _Answer] = {}
        self._numbers = count(1)

    async def open(self) -> None:
        """Listen for answers; needed once, before anything is asked."""
        await listen(self._client, f"{self._inbox}.*", self._receive)

    async def batches(
        self, subject: str, start: Mapping[str, object]
    ) -> AsyncIterator[list[Stored]]:
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

    async def ask(self, question: Mapping[str, object]) -> tuple[list[Stored], End]:
        """Ask for one batch; return it, and what its end tells."""
        if not self._client.is_connected:
            raise BusAwayError("not connected to NATS")
        number = b"%d" % next(self._numbers)
        answer = _Answer(asyncio.get_running_loop().create_future())
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

    def _receive(self, message: Message) -> None:
        answer = self._answers.get(message.subject.rpartition(b".")[2])
        if answer is not None:
            answer.receive(message)
