"""Every group that is listened to here, opened by its first visitor and closed after its last."""

import asyncio
from collections.abc import Iterable
from typing import Final

import nats.errors
from nats.aio.client import Client

from services.realtime.close_codes import Ending
from services.realtime.metrics import GapCause
from services.realtime.nats_reading.feed import follow
from services.realtime.rooms.archive import UNKNOWN, Archive
from services.realtime.rooms.resume import catch_up, settle
from services.realtime.rooms.room import Listener, Room
from services.shared.bus.errors import BusAwayError
from services.shared.bus.position import StreamBounds
from services.shared.bus.subjects import Group, live_turbo_stream_subject
from services.shared.process.logging import get_logger

# Whoever lost its connection for a moment finds the group as it left it.
LINGER_SECONDS: Final = 5.0
LOOKS: Final = 10
LAG_SECONDS: Final = 0.1

log = get_logger("realtime.hub")


class Hub:
    """The rooms of one gateway, all in the order of one stream."""

    def __init__(self, client: Client, archive: Archive, tasks: asyncio.TaskGroup) -> None:
        self.archive = archive
        self.rooms: dict[Group, Room] = {}
        self._client = client
        self._tasks = tasks
        self._catching_up: set[asyncio.Task[None]] = set()
        self._looked_at = 0
        self._clock = asyncio.get_running_loop().time
        self.left: dict[Group, float] = {}
        """When everybody had left a room."""

    @property
    def listeners(self) -> list[Listener]:
        """Everybody who listens."""
        return [listener for room in self.rooms.values() for listener in room.listeners]

    def visiting(self, group: Group) -> "Visit":
        """Keep the room of `group` open for as long as the body runs, and after if it is used.

        To enter raises `BusAwayError` while nobody can tell how far the group has come.
        """
        return Visit(self, group)

    async def enter(self, group: Group) -> Room:
        """Open the room of `group` for a visit, which `go` ends."""
        if not self.archive.is_certain:
            raise BusAwayError("the gateway does not know how far the stream has come")
        room = self.rooms.get(group) or self._create(group)
        room.visitors += 1
        if not room.settled:
            try:
                await self._open(room)
            except BaseException:
                self.go(room)
                raise
        return room

    def go(self, room: Room) -> None:
        """End a visit."""
        room.visitors -= 1
        self._note_if_left(room)

    def leave(self, room: Room, listener: Listener) -> None:
        """Tell `listener` nothing more."""
        room.leave(listener)
        self._note_if_left(room)

    def end(self, ending: Ending, *, user: str | None, group: Group | None) -> int:
        """End the listeners of `user`, of `group`, or of the one in the other; return how many."""
        rooms = self.rooms.values() if group is None else filter(None, [self.rooms.get(group)])
        everybody = (listener for room in rooms for listener in room.listeners)
        ended = [each for each in everybody if user is None or each.admission.user == user]
        for listener in ended:
            listener.end(ending)
        return len(ended)

    async def bounds(self) -> StreamBounds:
        """Ask where the stream is, for a while again if that is behind what is known of it here.

        A leader that has just been chosen may lag, and so does one that stood still and does not
        know yet that there is another. Only a stream that was put back stays behind.
        """
        looks = 1
        while self._is_behind(bounds := await self.archive.journal.bounds()) and looks < LOOKS:
            looks += 1
            await asyncio.sleep(LAG_SECONDS)
        return bounds

    def is_beyond(self, bounds: StreamBounds) -> bool:
        """Tell whether a room was told what a stream with these bounds has never given."""
        told = max((room.ring.last for room in self.rooms.values()), default=0)
        return bounds.epoch == self.archive.epoch and bounds.last_sequence < told

    def recognise(self, bounds: StreamBounds, *, is_put_back: bool = False) -> None:
        """Start over in every room if the stream is another than it was: its numbers are too.

        So are those of one that was put back to an earlier state, as a power failure can do.
        """
        is_put_back = is_put_back or bounds.last_sequence < self._looked_at
        if bounds.epoch == self.archive.epoch and not is_put_back:
            self.archive.last_seen = max(self.archive.last_seen, bounds.last_sequence)
        else:
            self._start_over(bounds)

    async def look(self, groups: Iterable[Group], cause: GapCause) -> None:
        """Compare these groups with the stream; those that are behind catch up."""
        journal = self.archive.journal
        before = await self.bounds()
        self.recognise(before)
        rooms = [room for group in groups if (room := self.rooms.get(group)) is not None]
        heads = await journal.heads([room.group for room in rooms])
        after = await journal.bounds()
        if before.epoch != after.epoch:
            raise BusAwayError("the stream is being made anew")
        self._looked_at = before.last_sequence
        for room in rooms:
            head = heads.get(room.group, 0)
            room.compare(head, after.first_sequence, before.last_sequence, cause)

    def go_on(self) -> None:
        """Pass messages on again; rooms that heard of some while nothing was certain catch up."""
        self.archive.is_certain = True
        for room in self.rooms.values():
            room.expect(0, "reconnection")

    async def close_left(self) -> None:
        """Close the rooms that everybody left a while ago."""
        until = self._clock() - LINGER_SECONDS
        for group in [group for group, since in self.left.items() if since <= until]:
            self.left.pop(group, None)
            room = self.rooms.get(group)
            if room is not None and not room.listeners and not room.visitors:
                await self._close(room)

    def close(self) -> None:
        """Take no more messages, and stop catching up: the bus may never come back."""
        for room in self.rooms.values():
            room.closed = True
        for task in self._catching_up:
            task.cancel()

    def _start_over(self, bounds: StreamBounds) -> None:
        is_first = self.archive.epoch == UNKNOWN
        self.archive.epoch = bounds.epoch
        self.archive.last_seen = bounds.last_sequence
        self._looked_at = 0
        if is_first:
            return
        log.warning("stream_made_anew", rooms=len(self.rooms))
        self.archive.metrics.gaps.labels(cause="epoch").inc()
        self.archive.rings.clear()
        for room in self.rooms.values():
            room.expected = bounds.last_sequence
            room.start_over(bounds.last_sequence)

    def _is_behind(self, bounds: StreamBounds) -> bool:
        has_gone_back = bounds.last_sequence < self._looked_at
        return bounds.epoch == self.archive.epoch and (has_gone_back or self.is_beyond(bounds))

    def _create(self, group: Group) -> Room:
        room = self.rooms[group] = Room(group, self.archive, self._catch_up)
        return room

    async def _open(self, room: Room) -> None:
        room.lock = room.lock or asyncio.Lock()
        async with room.lock:
            if room.settled:
                return
            if room.subscription is None:
                subject = live_turbo_stream_subject(room.group)
                room.subscription = await follow(self._client, subject, room.receive)
            # The server reads in order: whoever gets an answer to this is subscribed.
            await settle(room, self.archive)
        room.lock = None

    def _catch_up(self, room: Room) -> None:
        task = self._tasks.create_task(catch_up(room, self.archive))
        self._catching_up.add(task)
        task.add_done_callback(self._catching_up.discard)

    def _note_if_left(self, room: Room) -> None:
        if room.listeners or room.visitors:
            self.left.pop(room.group, None)
        else:
            self.left[room.group] = self._clock()

    async def _close(self, room: Room) -> None:
        room.closed = True
        del self.rooms[room.group]
        if room.subscription is not None:
            try:
                await room.subscription.unsubscribe()
            except nats.errors.Error as error:
                log.warning("unsubscribing_failed", group=room.group, error=repr(error))


class Visit:
    """What `visiting` gives. A generator made into one would cost each handshake three times it."""

    __slots__ = ("_group", "_hub", "_room")

    _room: Room

    def __init__(self, hub: Hub, group: Group) -> None:
        self._hub = hub
        self._group = group

    async def __aenter__(self) -> Room:
        self._room = await self._hub.enter(self._group)
        return self._room

    async def __aexit__(self, *_: object) -> None:
        self._hub.go(self._room)
