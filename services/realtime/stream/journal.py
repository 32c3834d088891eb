"""Reading the stream of publications: JetStream's batch direct get, asked with few requests.

Reference: ADR-31, "JetStream Direct Get", with the batches of nats-server 2.11.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import batched, count
from typing import Final

from nats.aio.client import Client

from services.realtime.stream.feed import Message, listen
from services.realtime.stream.gathering import Gathering
from services.realtime.stream.wire import read_headers
from services.shared import subjects
from services.shared.bus import CONNECTION_FAULTS, BusAwayError
from services.shared.position import StreamBounds, StreamInfoError, read_bounds
from services.shared.stored_messages import (
    END_OF_BATCH,
    NOTHING,
    PENDING,
    SEQUENCE,
    STATUS,
    TIME,
)
from services.shared.subjects import Group, turbo_stream_subject

ANSWER_SECONDS: Final = 5.0
# The server reads a batch at one go; smaller ones let others in between.
BATCH_MESSAGES: Final = 1000
BATCH_BYTES: Final = 1024 * 1024
MOST_SUBJECTS: Final = 500
READS_AT_ONCE: Final = 8
SUBJECT: Final = "Nats-Subject"


@dataclass(frozen=True, slots=True)
class Stored:
    """A message of the stream: its number, its group, its bytes, and when it was stored."""

    sequence: int
    group: Group
    payload: bytes
    time: str = field(default="", compare=False)
    """In ISO 8601; the number alone tells which message it is."""


@dataclass(slots=True)
class _Answer:
    """The messages of one batch as they arrive; `done` is set by its end."""

    done: asyncio.Future[bool]
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
            self.done.set_result(int(headers.get(PENDING, "0")) > 0)
        elif status == NOTHING:
            self.done.set_result(False)
        else:
            self.done.set_exception(BusAwayError(f"the stream cannot be read: status {status}"))


class Journal:
    """Reads of one connection. Every method raises `BusAwayError` where NATS does not answer."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._inbox = client.new_inbox()
        self._answers: dict[bytes, _Answer] = {}
        self._numbers = count(1)
        self._reads = asyncio.Semaphore(READS_AT_ONCE)
        self._heads = Gathering(self._read_heads)
        self._bounds = Gathering(self._read_bounds)

    async def open(self) -> None:
        """Listen for answers; needed once, before anything is asked."""
        await listen(self._client, f"{self._inbox}.*", self._receive)

    async def bounds(self) -> StreamBounds:
        """Return the stream's epoch, first and last number, as they are after this call began."""
        return (await self._bounds.ask(None))[None]

    async def head_of(self, group: Group) -> int:
        """Return the number of the group's newest message, 0 where the stream holds none.

        Groups asked for while a request is out share the next.
        """
        return (await self._heads.ask(group)).get(group, 0)

    async def heads(self, groups: Iterable[Group]) -> dict[Group, int]:
        """Return the numbers of the newest messages of `groups`, of those that have any."""
        return await self._read_heads(list(groups))

    async def read(self, group: Group, after: int, *, limit: int) -> list[Stored] | None:
        """Read the group's messages after number `after`; None where they exceed `limit` bytes."""
        read: list[Stored] = []
        size = 0
        async with self._reads:
            async for batch in self.batches(group, after):
                read += batch
                size += sum(len(stored.payload) for stored in batch)
                if size > limit:
                    return None
        return read

    def batches(self, group: Group, after: int) -> AsyncIterator[list[Stored]]:
        """Read the group's messages after number `after`, a batch at a time, oldest first."""
        return self._batches(turbo_stream_subject(group), {"seq": after + 1})

    async def tail(self, seconds: float) -> AsyncIterator[list[Stored]]:
        """Read the messages of all groups in the last `seconds`, oldest first."""
        since = datetime.now(UTC) - timedelta(seconds=seconds)
        start = {"start_time": since.isoformat().replace("+00:00", "Z")}
        async for batch in self._batches(subjects.TURBO_STREAM_SUBJECTS, start):
            yield batch

    async def _batches(
        self, subject: str, start: Mapping[str, object]
    ) -> AsyncIterator[list[Stored]]:
        question = {**start, "next_by_subj": subject}
        more = True
        while more:
            bounded = {**question, "batch": BATCH_MESSAGES, "max_bytes": BATCH_BYTES}
            stored, more = await self._ask(bounded)
            if not stored:
                return
            yield stored
            question = {"seq": stored[-1].sequence + 1, "next_by_subj": subject}

    async def _read_heads(self, groups: list[Group]) -> dict[Group, int]:
        heads: dict[Group, int] = {}
        for some in batched(groups, MOST_SUBJECTS):
            wanted, more = set(some), True
            while more and wanted:
                names = [turbo_stream_subject(group) for group in wanted]
                # A server sends whole messages, and cuts off who has 64 MB of them to take.
                bounded = {"batch": len(names), "max_bytes": BATCH_BYTES}
                stored, more = await self._ask({"multi_last": names, **bounded})
                heads |= {message.group: message.sequence for message in stored}
                wanted -= heads.keys()
                more = more and bool(stored)
        return heads

    async def _read_bounds(self, _askers: list[None]) -> dict[None, StreamBounds]:
        try:
            return {None: await read_bounds(self._client, seconds=ANSWER_SECONDS)}
        except (StreamInfoError, *CONNECTION_FAULTS) as error:
            raise BusAwayError(f"nothing is known of the stream: {error}") from error

    async def _ask(self, question: Mapping[str, object]) -> tuple[list[Stored], bool]:
        """Ask for one batch; return it, and whether there is more."""
        if not self._client.is_connected:
            raise BusAwayError("not connected to NATS")
        number = b"%d" % next(self._numbers)
        answer = _Answer(asyncio.get_running_loop().create_future())
        self._answers[number] = answer
        try:
            payload = json.dumps(question).encode()
            await self._client.publish(
                subjects.TURBO_STREAM_GET_SUBJECT, payload, reply=f"{self._inbox}.{number.decode()}"
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
