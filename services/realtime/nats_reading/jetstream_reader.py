"""Reads the stream of publications by JetStream's batch direct get, with few requests.

Any replica of the stream answers a direct get, also one that is behind. Three rules make the
answers reliable. A replica stores messages in the leader's order, so it holds a prefix of the
stream. Newest numbers count only where the answer says that the replica has come to what the leader
had when they were asked for. A message that is known to exist and did not come is asked of the
leader.

Reference: ADR-31, "JetStream Direct Get", with the batches of nats-server 2.11.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable
from datetime import UTC, datetime, timedelta
from itertools import batched
from typing import Final

from nats.aio.client import Client

from services.realtime.nats_reading.direct_get import (
    ANSWER_SECONDS,
    BATCH_BYTES,
    DirectGet,
    EndOfBatch,
    StoredPublication,
)
from services.realtime.nats_reading.single_flight import SingleFlight
from services.shared.bus.errors import CONNECTION_FAULTS, BusAwayError
from services.shared.bus.position import StreamBounds, read_bounds
from services.shared.bus.stored_messages import ask_leader
from services.shared.bus.stream_info import StreamInfoError
from services.shared.bus.subjects import (
    TURBO_STREAM,
    TURBO_STREAM_SUBJECTS,
    Group,
    turbo_stream_subject,
)

MAX_SUBJECTS: Final = 500
READS_AT_ONCE: Final = 8
# A replica that is behind is asked again after a pause.
ATTEMPTS: Final = 40
PAUSE_SECONDS: Final = 0.05


class JetStreamReader:
    """Reads by one connection. Every method raises `BusAwayError` where NATS does not answer."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._jetstream = client.jetstream(timeout=ANSWER_SECONDS)
        self._direct = DirectGet(client)
        self._reads = asyncio.Semaphore(READS_AT_ONCE)
        self._heads = SingleFlight(self._read_heads)
        self._bounds = SingleFlight(self._read_bounds)

    async def open(self) -> None:
        """Subscribe to the answers; to be called once, before anything is asked."""
        await self._direct.open()

    async def bounds(self) -> StreamBounds:
        """Return the stream's epoch, first and last number, as they are after this call begins."""
        return (await self._bounds.ask(None))[None]

    async def head_of(self, group: Group) -> int:
        """Return the number of the group's newest message, 0 where the stream holds none.

        Groups that are asked for while a request is out share the next one.
        """
        return (await self._heads.ask(group)).get(group, 0)

    async def heads(self, groups: Iterable[Group]) -> dict[Group, int]:
        """Return the number of the newest message of each group in `groups` that has one."""
        return await self._read_heads(list(groups))

    async def read(
        self, group: Group, after: int, *, limit: int, reach: int = 0
    ) -> list[StoredPublication] | None:
        """Read the group's messages after number `after`; None where they exceed `limit` bytes.

        Up to `reach`, the number of a message of the group, all are returned that the stream has.
        """
        read: list[StoredPublication] = []
        size = 0
        async with self._reads:
            async for batch in self._up_to(group, after, reach):
                read += batch
                size += sum(len(stored.payload) for stored in batch)
                if size > limit:
                    return None
        return read

    def batches(self, group: Group, after: int) -> AsyncIterator[list[StoredPublication]]:
        """Read the group's messages after number `after`, a batch at a time, oldest first."""
        return self._direct.batches(turbo_stream_subject(group), {"seq": after + 1})

    async def tail(self, seconds: float) -> AsyncIterator[list[StoredPublication]]:
        """Read the messages of all groups in the last `seconds`, oldest first."""
        since = datetime.now(UTC) - timedelta(seconds=seconds)
        start = {"start_time": since.isoformat().replace("+00:00", "Z")}
        async for batch in self._direct.batches(TURBO_STREAM_SUBJECTS, start):
            yield batch

    async def _up_to(
        self, group: Group, after: int, reach: int
    ) -> AsyncIterator[list[StoredPublication]]:
        """Read what the replica that answers has; what it lacks up to `reach`, from the leader."""
        async for batch in self.batches(group, after):
            yield batch
            after = batch[-1].sequence
        while after < reach and (found := await self._next_from_leader(group, after)):
            yield [found]
            after = found.sequence

    async def _read_heads(self, groups: list[Group]) -> dict[Group, int]:
        heads: dict[Group, int] = {}
        for some in batched(groups, MAX_SUBJECTS):
            bounds = await self.bounds()
            if not bounds.is_empty:
                heads |= await self._heads_as_of(bounds.last_sequence, set(some))
        return {group: heads[group] for group in groups if group in heads}

    async def _heads_as_of(self, last: int, groups: set[Group]) -> dict[Group, int]:
        """Ask for newest numbers until a replica answers that has come to number `last`."""
        heads: dict[Group, int] = {}
        wanted, attempts = set(groups), 0
        while attempts < ATTEMPTS:
            stored, end = await self._ask_heads(wanted)
            if end.up_to is not None and end.up_to >= last:
                heads |= {message.group: message.sequence for message in stored}
                wanted -= heads.keys()
                if not (end.more and stored and wanted):
                    return heads
            elif end.up_to is None and (newest := await self._newest_groups()) - wanted:
                # An answer without messages does not say how far the replica has come.
                wanted |= newest
            else:
                attempts += 1
                await asyncio.sleep(PAUSE_SECONDS)
        raise BusAwayError("the replica of the stream that answers stays behind")

    async def _ask_heads(
        self, groups: Iterable[Group]
    ) -> tuple[list[StoredPublication], EndOfBatch]:
        names = [turbo_stream_subject(group) for group in groups]
        # The server sends whole messages, and cuts off a client with 64 MB of them unread.
        bounded = {"batch": len(names), "max_bytes": BATCH_BYTES}
        return await self._direct.ask({"multi_last": names, **bounded})

    async def _newest_groups(self) -> set[Group]:
        """Return the group of the stream's newest message; none where the stream is empty."""
        newest = await self._from_leader(subject=TURBO_STREAM_SUBJECTS)
        return set() if newest is None else {newest.group}

    async def _next_from_leader(self, group: Group, after: int) -> StoredPublication | None:
        return await self._from_leader(
            seq=after + 1, subject=turbo_stream_subject(group), next=True
        )

    async def _from_leader(self, **question: object) -> StoredPublication | None:
        try:
            found = await ask_leader(self._jetstream, TURBO_STREAM, **question)
        except CONNECTION_FAULTS as error:
            raise BusAwayError("no answer from the stream's leader") from error
        if found is None:
            return None
        group = Group(found.subject.rpartition(".")[2])
        return StoredPublication(found.sequence, group, found.payload, found.stored_at.isoformat())

    async def _read_bounds(self, _askers: list[None]) -> dict[None, StreamBounds]:
        try:
            return {None: await read_bounds(self._client, seconds=ANSWER_SECONDS)}
        except (StreamInfoError, *CONNECTION_FAULTS) as error:
            raise BusAwayError(f"nothing is known of the stream: {error}") from error
