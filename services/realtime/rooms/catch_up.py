"""Starts rooms at the group's newest number, and reads what they missed from the stream."""

import asyncio
from typing import Final

from services.realtime.rooms.history import History
from services.realtime.rooms.ring import Ring
from services.realtime.rooms.room import Room
from services.shared.bus.errors import BusAwayError
from services.shared.process.logging import get_logger

# Even a leader may lag for a moment: see `Hub.bounds`.
ATTEMPTS: Final = 20
PAUSE_SECONDS: Final = 0.05
AWAY_SECONDS: Final = 0.5

log = get_logger("realtime.catch_up")


async def start_room(room: Room, history: History) -> None:
    """Start a room, whose subscription exists already, at the group's newest number.

    A ring from earlier is reused if it has the group's newest publication, which may have left the
    stream by now. Otherwise the ring begins at the newest number, and clients that missed something
    read it from the stream.
    """
    group, epoch = room.group, history.epoch
    head = await history.jetstream.head_of(group)
    floor = head or max((await history.jetstream.bounds()).first_sequence - 1, 0)
    ring = history.rings.find(group)
    if ring is None or ring.last < floor:
        ring = _emptied(room, history, ring, floor)
    if history.epoch != epoch:
        raise BusAwayError("the stream is being made anew")
    room.start(ring, head)


async def catch_up(room: Room, history: History) -> None:
    """Read what the room has missed and deliver it, until the room has all that it expects."""
    attempts = 0
    try:
        while not room.closed and room.expected > room.ring.last:
            try:
                is_available = await _read_on(room, history)
            except BusAwayError as error:
                log.warning("catch_up_delayed", group=room.group, reason=str(error))
                await asyncio.sleep(AWAY_SECONDS)
                continue
            except Exception:
                # Nobody awaits this task: its error would end the task group, and the gateway.
                log.exception("catch_up_failed", group=room.group)
                await asyncio.sleep(AWAY_SECONDS)
                continue
            attempts += 1
            if not is_available or attempts == ATTEMPTS:
                room.start_over(room.expected)
            elif room.expected > room.ring.last:
                await asyncio.sleep(PAUSE_SECONDS)
    finally:
        room.catching_up = False


async def _read_on(room: Room, history: History) -> bool:
    """Read the stream from where the room is; False where messages between have left it."""
    epoch, last = history.epoch, room.known
    with history.metrics.replay_seconds.time():
        read = await history.jetstream.read(
            room.group, last, limit=history.max_missed_bytes, reach=room.expected
        )
        bounds = await history.jetstream.bounds()
    if room.closed:
        return True  # its ring may belong to a newer room of the group
    if read is None or bounds.first_sequence > last + 1:
        return False
    if not bounds.epoch == history.epoch == epoch:
        return False
    for stored in read:
        if stored.sequence > room.ring.last:
            room.take(stored.sequence, stored.payload)
    return True


def _emptied(room: Room, history: History, ring: Ring | None, floor: int) -> Ring:
    if ring is None:
        return Ring(floor)
    history.rings.reset(room.group, ring, floor)
    return ring
