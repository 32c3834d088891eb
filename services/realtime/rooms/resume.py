"""How a room gets what it missed, and how a client that comes back gets what it missed."""

import asyncio
from dataclasses import dataclass
from typing import Final

from services.realtime.metrics import ResumeSource
from services.realtime.nats_reading.direct_get import Stored
from services.realtime.rooms.archive import Archive
from services.realtime.rooms.publication import Publication
from services.realtime.rooms.ring import Ring
from services.realtime.rooms.room import Room
from services.shared.bus.errors import BusAwayError
from services.shared.bus.position import Cursor
from services.shared.process.logging import get_logger

# Even a leader may lag, for a moment: see `Hub.bounds`.
ATTEMPTS: Final = 20
PAUSE_SECONDS: Final = 0.05
AWAY_SECONDS: Final = 0.5
LOOKS: Final = 5
LAG_SECONDS: Final = 0.1

log = get_logger("realtime.resume")


@dataclass(frozen=True, slots=True)
class Missed:
    """What a client missed, and where it was found: ring, stream, refresh or (nothing) live."""

    publications: list[Publication]
    source: ResumeSource
    since: int = 0
    """The number up to which the client has everything; it may be ahead of the room."""


async def settle(room: Room, archive: Archive) -> None:
    """Find out how far the group has come; its subscription is open already.

    A ring that was kept from earlier goes on if its last one is the group's newest in the stream:
    age is the only rule by which messages go, so none behind it has gone. Any other begins anew at
    the newest: who has missed what lies before gets it from the stream, and nobody else is told.
    """
    group, epoch = room.group, archive.epoch
    head = await archive.journal.head_of(group)
    floor = head or max((await archive.journal.bounds()).first_sequence - 1, 0)
    ring = archive.rings.find(group)
    if ring is None or ring.last < floor or ring.last == floor > head:
        ring = _emptied(room, archive, ring, floor)
    if archive.epoch != epoch:
        raise BusAwayError("the stream is being made anew")
    room.settle(ring, head)


async def catch_up(room: Room, archive: Archive) -> None:
    """Read what the room has missed and tell its listeners, until it is where it ought to be."""
    attempts = 0
    try:
        while not room.closed and room.expected > room.ring.last:
            try:
                is_there = await _read_on(room, archive)
            except BusAwayError as error:
                log.warning("catch_up_delayed", group=room.group, reason=str(error))
                await asyncio.sleep(AWAY_SECONDS)
                continue
            except Exception:
                # Nobody awaits this: left to itself, it would take the whole gateway down.
                log.exception("catch_up_failed", group=room.group)
                await asyncio.sleep(AWAY_SECONDS)
                continue
            attempts += 1
            if not is_there or attempts == ATTEMPTS:
                # It cannot be had any more: what it changed has to be read from the page's server.
                room.start_over(room.expected)
            elif room.expected > room.ring.last:
                await asyncio.sleep(PAUSE_SECONDS)
    finally:
        room.catching_up = False


async def missed_since(room: Room, archive: Archive, since: Cursor | None) -> Missed:
    """Return what was published in `room` after `since`.

    The caller attaches the listener in the same step of the event loop, before anything else is
    told. Raises `BusAwayError` where the stream is needed and does not answer.
    """
    if since is None or since.epoch != archive.epoch:
        return _refresh(room, archive)
    if since.sequence > archive.last_seen and not await _was_given(archive, since):
        return _refresh(room, archive)
    if since.sequence >= room.ring.floor:
        return Missed(room.ring.after(since.sequence), "ring", since.sequence)
    # One read a group at a time: whoever comes next may find the ring filled by it.
    room.lock = room.lock or asyncio.Lock()
    async with room.lock:
        if since.epoch != archive.epoch:
            return _refresh(room, archive)
        if since.sequence >= room.ring.floor:
            return Missed(room.ring.after(since.sequence), "ring", since.sequence)
        return await _from_stream(room, archive, since)


async def _was_given(archive: Archive, since: Cursor) -> bool:
    """Ask whether the stream has come to `since`; one that was put back has not."""
    for _ in range(LOOKS):
        bounds = await archive.journal.bounds()
        if bounds.epoch != since.epoch or bounds.epoch != archive.epoch:
            return False
        archive.last_seen = max(archive.last_seen, bounds.last_sequence)
        if since.sequence <= bounds.last_sequence:
            return True
        await asyncio.sleep(LAG_SECONDS)
    return False


async def _from_stream(room: Room, archive: Archive, since: Cursor) -> Missed:
    for _ in range(ATTEMPTS):
        ring, floor = room.ring, room.ring.floor
        read = await archive.journal.read(
            room.group, since.sequence, limit=archive.most_missed_bytes, reach=room.head
        )
        bounds = await archive.journal.bounds()
        if read is None or bounds.first_sequence > since.sequence + 1:
            break
        if not bounds.epoch == archive.epoch == since.epoch:
            break
        if ring.floor == floor and _reaches(read, room.head, since.sequence):
            older = _stamped(room, archive, [s for s in read if s.sequence <= floor])
            archive.rings.extend_back(room.group, ring, since.sequence, older)
            return Missed([*older, *ring.after(max(since.sequence, floor))], "stream")
        await asyncio.sleep(PAUSE_SECONDS)
    return _refresh(room, archive)


async def _read_on(room: Room, archive: Archive) -> bool:
    """Read from where the room is; False where what lies between is not in the stream any more."""
    epoch, last = archive.epoch, room.known
    with archive.metrics.replay_seconds.time():
        read = await archive.journal.read(
            room.group, last, limit=archive.most_missed_bytes, reach=room.expected
        )
        bounds = await archive.journal.bounds()
    if room.closed:
        return True  # whoever opened the group since then has the ring
    if read is None or bounds.first_sequence > last + 1:
        return False
    if not bounds.epoch == archive.epoch == epoch:
        return False
    for stored in read:
        if stored.sequence > room.ring.last:
            room.take(stored.sequence, stored.payload)
    return True


def _reaches(read: list[Stored], head: int, since: int) -> bool:
    """Tell whether a read after `since` holds what the stream was known to hold at the opening."""
    return head <= since or any(stored.sequence == head for stored in read)


def _stamped(room: Room, archive: Archive, read: list[Stored]) -> list[Publication]:
    made = (archive.stamped(room.group, stored.sequence, stored.payload) for stored in read)
    return [publication for publication in made if publication is not None]


def _emptied(room: Room, archive: Archive, ring: Ring | None, floor: int) -> Ring:
    if ring is None:
        return Ring(floor)
    archive.rings.reset(room.group, ring, floor)
    return ring


def _refresh(room: Room, archive: Archive) -> Missed:
    return Missed([archive.refresh(room.known)], "refresh")
