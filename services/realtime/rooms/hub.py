"""The rooms of all groups with listeners: opened by the first visit, closed after the last."""

import asyncio
from collections.abc import Iterable
from typing import Final

import nats.errors
from nats.aio.client import Client

from services.realtime.close_codes import CloseReason
from services.realtime.metrics import GapCause
from services.realtime.nats_reading.feed import subscribe_republished
from services.realtime.rooms.catch_up import catch_up, start_room
from services.realtime.rooms.history import UNKNOWN, History
from services.realtime.rooms.room import Listener, Room
from services.shared.bus.errors import BusAwayError
from services.shared.bus.position import StreamBounds
from services.shared.bus.subjects import Group, live_turbo_stream_subject
from services.shared.process.logging import get_logger

# A client that loses its connection for a moment finds the room still open.
LINGER_SECONDS: Final = 5.0
ATTEMPTS: Final = 10
PAUSE_SECONDS: Final = 0.1

log = get_logger("realtime.hub")


class Hub:
    """The rooms of one gateway, all numbered by one stream."""

    def __init__(self, client: Client, history: History, tasks: asyncio.TaskGroup) -> None:
        self.history = history
        self.rooms: dict[Group, Room] = {}
        self._client = client
        self._tasks = tasks
        self._catching_up: set[asyncio.Task[None]] = set()
        self._compared_up_to = 0
        self._clock = asyncio.get_running_loop().time
        self.empty_since: dict[Group, float] = {}

    @property
    def listeners(self) -> list[Listener]:
        """All listeners of all rooms."""
        return [listener for room in self.rooms.values() for listener in room.listeners]

    def visiting(self, group: Group) -> "Visit":
        """Keep the room of `group` open while the body runs, and after it if somebody listens.

        Entering raises `BusAwayError` while the gateway is not ready.
        """
        return Visit(self, group)

    async def enter(self, group: Group) -> Room:
        """Begin a visit to the room of `group`, which `exit` ends."""
        if not self.history.is_in_sync:
            raise BusAwayError("the gateway does not know how far the stream has come")
        room = self.rooms.get(group) or self._create(group)
        room.visitors += 1
        if not room.started:
            try:
                await self._open(room)
            except BaseException:
                self.exit(room)
                raise
        return room

    def exit(self, room: Room) -> None:
        """End a visit."""
        room.visitors -= 1
        self._note_if_empty(room)

    def leave(self, room: Room, listener: Listener) -> None:
        """Deliver nothing more to `listener`."""
        room.leave(listener)
        self._note_if_empty(room)

    def end_listeners(self, reason: CloseReason, *, user: str | None, group: Group | None) -> int:
        """Close the listeners of `user`, of `group`, or of `user` in `group`; return how many."""
        rooms = self.rooms.values() if group is None else filter(None, [self.rooms.get(group)])
        listeners = (listener for room in rooms for listener in room.listeners)
        ended = [each for each in listeners if user is None or each.admission.user == user]
        for listener in ended:
            listener.end(reason)
        return len(ended)

    async def bounds(self) -> StreamBounds:
        """Return the stream's bounds; ask again for a second while they lag behind the rooms.

        A new leader may lag, and so does one that was paused and does not know yet that it is
        deposed. Only a stream that was restored to an earlier state stays behind.
        """
        attempts = 1
        while self._lags(bounds := await self.history.jetstream.bounds()) and attempts < ATTEMPTS:
            attempts += 1
            await asyncio.sleep(PAUSE_SECONDS)
        return bounds

    def is_ahead_of(self, bounds: StreamBounds) -> bool:
        """Return whether a room has a number that a stream with these bounds has never given."""
        last = max((room.ring.last for room in self.rooms.values()), default=0)
        return bounds.epoch == self.history.epoch and bounds.last_sequence < last

    def note_stream(self, bounds: StreamBounds, *, is_put_back: bool = False) -> None:
        """Note how far the stream is; start over in every room if its numbers have changed.

        They change where it was made anew, and where it was put back to an earlier state, as
        after a power failure.
        """
        is_put_back = is_put_back or bounds.last_sequence < self._compared_up_to
        if bounds.epoch == self.history.epoch and not is_put_back:
            self.history.last_seen = max(self.history.last_seen, bounds.last_sequence)
        else:
            self._start_over(bounds)

    async def compare(self, groups: Iterable[Group], cause: GapCause) -> None:
        """Compare the rooms of `groups` with the stream; those that are behind catch up."""
        jetstream = self.history.jetstream
        before = await self.bounds()
        self.note_stream(before)
        rooms = [room for group in groups if (room := self.rooms.get(group)) is not None]
        heads = await jetstream.heads([room.group for room in rooms])
        after = await jetstream.bounds()
        if before.epoch != after.epoch:
            raise BusAwayError("the stream is being made anew")
        self._compared_up_to = before.last_sequence
        for room in rooms:
            head = heads.get(room.group, 0)
            room.compare(head, after.first_sequence, before.last_sequence, cause)

    def resume_delivery(self) -> None:
        """Deliver again; rooms that received messages meanwhile catch up."""
        self.history.is_in_sync = True
        for room in self.rooms.values():
            room.expect(0, "reconnection")

    async def close_empty_rooms(self) -> None:
        """Close the rooms that have been empty for `LINGER_SECONDS`."""
        until = self._clock() - LINGER_SECONDS
        for group in [group for group, since in self.empty_since.items() if since <= until]:
            self.empty_since.pop(group, None)
            room = self.rooms.get(group)
            if room is not None and not room.listeners and not room.visitors:
                await self._close(room)

    def close(self) -> None:
        """Take no more messages, and cancel catching up: the bus may stay away."""
        for room in self.rooms.values():
            room.closed = True
        for task in self._catching_up:
            task.cancel()

    def _start_over(self, bounds: StreamBounds) -> None:
        is_first = self.history.epoch == UNKNOWN
        self.history.epoch = bounds.epoch
        self.history.last_seen = bounds.last_sequence
        self._compared_up_to = 0
        if is_first:
            return
        log.warning("stream_made_anew", rooms=len(self.rooms))
        self.history.metrics.gaps.labels(cause="epoch").inc()
        self.history.rings.clear()
        for room in self.rooms.values():
            room.expected = bounds.last_sequence
            room.start_over(bounds.last_sequence)

    def _lags(self, bounds: StreamBounds) -> bool:
        has_gone_back = bounds.last_sequence < self._compared_up_to
        return bounds.epoch == self.history.epoch and (has_gone_back or self.is_ahead_of(bounds))

    def _create(self, group: Group) -> Room:
        room = self.rooms[group] = Room(group, self.history, self._catch_up)
        return room

    async def _open(self, room: Room) -> None:
        room.lock = room.lock or asyncio.Lock()
        async with room.lock:
            if room.started:
                return
            if room.subscription is None:
                subject = live_turbo_stream_subject(room.group)
                room.subscription = await subscribe_republished(self._client, subject, room.receive)
            # NATS handles a connection in order: once it answers this, the subscription exists.
            await start_room(room, self.history)
        room.lock = None

    def _catch_up(self, room: Room) -> None:
        task = self._tasks.create_task(catch_up(room, self.history))
        self._catching_up.add(task)
        task.add_done_callback(self._catching_up.discard)

    def _note_if_empty(self, room: Room) -> None:
        if room.listeners or room.visitors:
            self.empty_since.pop(room.group, None)
        else:
            self.empty_since[room.group] = self._clock()

    async def _close(self, room: Room) -> None:
        room.closed = True
        del self.rooms[room.group]
        if room.subscription is not None:
            try:
                await room.subscription.unsubscribe()
            except nats.errors.Error as error:
                log.warning("unsubscribing_failed", group=room.group, error=repr(error))


class Visit:
    """The context manager of `visiting`: a generator would take three times as long."""

    __slots__ = ("_group", "_hub", "_room")

    _room: Room

    def __init__(self, hub: Hub, group: Group) -> None:
        self._hub = hub
        self._group = group

    async def __aenter__(self) -> Room:
        self._room = await self._hub.enter(self._group)
        return self._room

    async def __aexit__(self, *_: object) -> None:
        self._hub.exit(self._room)
