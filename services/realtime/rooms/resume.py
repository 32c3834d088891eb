"""Finds what a reconnecting client has missed: in the ring, in the stream, or as a refresh."""

import asyncio
from dataclasses import dataclass
from typing import Final

from services.realtime.metrics import ResumeSource
from services.realtime.nats_reading.direct_get import StoredPublication
from services.realtime.rooms.history import History
from services.realtime.rooms.publication import Publication
from services.realtime.rooms.room import Room
from services.shared.bus.position import Cursor

READ_ATTEMPTS: Final = 20
READ_PAUSE_SECONDS: Final = 0.05
# A server that answers may lag behind the one that gave the client its cursor.
BOUNDS_ATTEMPTS: Final = 5
BOUNDS_PAUSE_SECONDS: Final = 0.1


@dataclass(frozen=True, slots=True)
class Missed:
    """The missed publications, and where they were found; "live" where there is no cursor."""

    publications: list[Publication]
    source: ResumeSource
    since: int = 0
    """The number up to which the client has everything; it may be ahead of the room."""


async def missed_since(room: Room, history: History, since: Cursor | None) -> Missed:
    """Return what was published in `room` after `since`; a refresh where that cannot be had.

    The caller attaches the listener without awaiting anything, so that nothing is delivered in
    between. Raises `BusAwayError` where the stream is needed and does not answer.
    """
    if since is None or since.epoch != history.epoch:
        return _refresh(room, history)
    if since.sequence > history.last_seen and not await _was_given(history, since):
        return _refresh(room, history)
    if since.sequence >= room.ring.floor:
        return _from_ring(room, since)
    # One read a group at a time: it fills the ring for the clients that wait.
    room.lock = room.lock or asyncio.Lock()
    async with room.lock:
        if since.epoch != history.epoch:
            return _refresh(room, history)
        if since.sequence >= room.ring.floor:
            return _from_ring(room, since)
        return await _from_stream(room, history, since)


async def _was_given(history: History, since: Cursor) -> bool:
    """Ask whether the stream has given the number of `since`; one that was put back has not."""
    for _ in range(BOUNDS_ATTEMPTS):
        bounds = await history.jetstream.bounds()
        if bounds.epoch != since.epoch or bounds.epoch != history.epoch:
            return False
        history.last_seen = max(history.last_seen, bounds.last_sequence)
        if since.sequence <= bounds.last_sequence:
            return True
        await asyncio.sleep(BOUNDS_PAUSE_SECONDS)
    return False


def _from_ring(room: Room, since: Cursor) -> Missed:
    return Missed(room.ring.after(since.sequence), "ring", since.sequence)


async def _from_stream(room: Room, history: History, since: Cursor) -> Missed:
    for _ in range(READ_ATTEMPTS):
        ring, floor = room.ring, room.ring.floor
        read = await history.jetstream.read(
            room.group, since.sequence, limit=history.max_missed_bytes, reach=room.head
        )
        bounds = await history.jetstream.bounds()
        if read is None or bounds.first_sequence > since.sequence + 1:
            break
        if not bounds.epoch == history.epoch == since.epoch:
            break
        if ring.floor == floor and _reaches(read, room.head, since.sequence):
            older = _stamped(room, history, [s for s in read if s.sequence <= floor])
            history.rings.extend_back(room.group, ring, since.sequence, older)
            return Missed([*older, *ring.after(max(since.sequence, floor))], "stream")
        await asyncio.sleep(READ_PAUSE_SECONDS)
    return _refresh(room, history)


def _reaches(read: list[StoredPublication], head: int, since: int) -> bool:
    """Return whether a read after `since` holds `head`, the newest number when the room opened."""
    return head <= since or any(stored.sequence == head for stored in read)


def _stamped(room: Room, history: History, read: list[StoredPublication]) -> list[Publication]:
    made = (history.stamped(room.group, stored.sequence, stored.payload) for stored in read)
    return [publication for publication in made if publication is not None]


def _refresh(room: Room, history: History) -> Missed:
    return Missed([history.refresh(room.known)], "refresh")
