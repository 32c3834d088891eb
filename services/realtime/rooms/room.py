"""One group: who listens, and that nothing published in it is missed or told twice.

A republished message is sent once or never. So each carries the number of the one before it in its
group (ADR-28, "Republish"): it follows without a gap exactly where that number is not beyond the
last one known here. Where it is, nothing is passed on until `catch_up` has read what lies between.
"""

import asyncio
import time
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Final, Protocol

from nats.aio.subscription import Subscription

from services.realtime.admission.gatekeeper import Admission
from services.realtime.close_codes import Ending
from services.realtime.metrics import GapCause, GatewayMetrics
from services.realtime.nats_reading.feed import Republished
from services.realtime.nats_reading.wire import text_in
from services.realtime.rooms.archive import Archive
from services.realtime.rooms.fan_outs import FanOuts
from services.realtime.rooms.publication import Publication, joined
from services.realtime.rooms.ring import Ring
from services.shared.bus.position import Cursor
from services.shared.bus.subjects import Group

STORED_AT: Final = b"\r\nNats-Time-Stamp: "


class Listener(Protocol):
    """Whoever is told what is published in a group."""

    @property
    def admission(self) -> Admission:
        """By what right it listens."""

    def tell(self, publications: list[Publication], frames: bytes) -> None:
        """Take publications, and the same as WebSocket frames; never waits, never raises."""

    def end(self, ending: Ending) -> None:
        """Take no more, and tell the client why."""


type Told = tuple[int, int]
"""So many publications, and the bytes of their frames."""

NOTHING_TOLD: Final[Told] = (0, 0)

type Behind = Callable[["Room"], None]
"""Called when a room has missed something, once until it has caught up."""


class Room:
    """The listeners of one group, and how far the group has come.

    All positions are numbers of the stream: `ring.floor` and `ring.last` bound what is kept,
    `known` is up to where nothing is missing here (at or beyond `ring.last`), `expected` was
    published for certain (beyond `ring.last` only while the room catches up), and `head` was the
    newest of the group when the room was opened.
    """

    __slots__ = (
        "_ahead", "_archive", "_behind", "_headers", "_known", "_pending", "catching_up", "closed",
        "expected", "group", "head", "listeners", "lock", "ring", "settled",
        "subscription", "told", "visitors",
    )  # fmt: skip

    def __init__(self, group: Group, archive: Archive, behind: Behind) -> None:
        self.group = group
        self.ring = Ring(0)
        self.listeners: set[Listener] = set()
        self.visitors = 0
        self.subscription: Subscription | None = None
        self.lock: asyncio.Lock | None = None
        self.head = 0
        self.expected = 0
        self.settled = False
        self.catching_up = False
        self.closed = False
        self.told: Told = NOTHING_TOLD
        """What has been told since the room was opened; a listener notes where it came in."""
        self._ahead: dict[Listener, int] | None = None
        """Who has been told, by another gateway, more than has come here; and up to where."""
        self._archive = archive
        self._behind = behind
        self._known = 0
        self._pending: list[Publication] | None = None
        self._headers: bytes | None = None
        """Of the newest message that waits to be told."""

    @property
    def known(self) -> int:
        """The number up to which nothing was published in the group that is not known here."""
        return max(self._known, self.ring.last)

    @property
    def _is_current(self) -> bool:
        """Whether a message that follows the last one may be passed on at once."""
        return self.settled and not self.catching_up and self._archive.is_certain

    def position(self) -> Cursor:
        """Return how far every listener is, once what has gathered is told."""
        self.flush()
        return Cursor(self._archive.epoch, self.known)

    def compare(self, head: int, first: int, last: int, cause: GapCause) -> None:
        """Learn that `head` was the group's newest number in a stream that then held `first` on.

        All up to `last` was stored before that was asked. Numbers between what is known here and
        `first` may have been the group's, and have gone: then every page must begin anew.
        """
        if not self.settled or self.catching_up:
            return
        self.flush()  # or who is ahead would be forgotten before that is told which he has
        if first > self.known + 1:
            self._archive.metrics.gaps.labels(cause=cause).inc()
            self.start_over(max(head, last, first - 1))
        elif head > self.ring.last:
            self.expect(head, cause)
        else:
            self._known = max(self._known, last)
            self._drop_overtaken()

    def receive(self, message: Republished) -> None:
        """Take a message from the bus, as it comes."""
        last = self.ring.last
        if self.closed or (message.sequence <= last and self.settled):
            return
        if not self._is_current or message.previous > last:
            self.expect(message.sequence, "chain")
        else:
            self._headers = message.headers
            self.take(message.sequence, message.payload)
            if self._archive.fan_outs is not None:
                self._trace(self._archive.fan_outs, message)

    def expect(self, sequence: int, cause: GapCause) -> None:
        """Know that `sequence` was published; catch up unless it has come already."""
        self.expected = max(self.expected, sequence)
        if self._is_current and self.expected > self.ring.last:
            self.catching_up = True
            self._archive.metrics.gaps.labels(cause=cause).inc()
            self._behind(self)

    def take(self, sequence: int, payload: bytes) -> None:
        """Keep the group's next message, and tell it at the end of this turn."""
        publication = self._archive.stamped(self.group, sequence, payload)
        if publication is None:
            self.ring.skip(sequence)
            return
        self._archive.rings.append(self.group, self.ring, publication)
        if self._pending is None:
            self._pending = [publication]
            self._archive.turn.at_end(self.flush)
        else:
            self._pending.append(publication)

    def flush(self) -> None:
        """Tell every listener what has gathered: one write each, however much it is."""
        pending, self._pending = self._pending, None
        if pending is None:
            return
        headers, self._headers = self._headers, None
        listeners = tuple(self.listeners)
        frames = pending[0].frame if len(pending) == 1 else joined(pending)
        if self._ahead is None:
            for listener in listeners:
                listener.tell(pending, frames)
        else:
            self._tell_each(listeners, pending, frames)
        told, size = self.told
        self.told = (told + len(pending), size + len(frames))
        if self._archive.fan_outs is not None:
            self._archive.fan_outs.end(pending, len(listeners))
        self._archive.recent.add(self.group)
        metrics = self._archive.metrics
        if metrics.traffic.fanned_out(len(pending), len(listeners), len(frames)):
            _observe_delay(metrics, headers)

    def attach(self, listener: Listener, since: int = 0) -> None:
        """Tell `listener` whatever is taken from now on, but nothing up to number `since`."""
        self.flush()
        self.listeners.add(listener)
        if since > self.known:
            self._ahead = self._ahead or {}
            self._ahead[listener] = since

    def leave(self, listener: Listener) -> None:
        """Tell `listener` nothing more."""
        self.listeners.discard(listener)
        if self._ahead:
            self._ahead.pop(listener, None)

    def settle(self, ring: Ring, head: int) -> None:
        """Begin: `ring` is what is known of the group, `head` its newest number in the stream."""
        self.ring = ring
        self.head = head
        self.settled = True
        self.expect(head, "chain")

    def start_over(self, sequence: int) -> None:
        """Give up what lies before `sequence`: every page is to load itself again."""
        if self.closed:
            return  # the ring may be another's
        self.flush()
        self._known = 0
        self._ahead = None
        self._archive.rings.reset(self.group, self.ring, sequence)
        publication = self._archive.refresh(sequence)
        for listener in tuple(self.listeners):
            listener.tell([publication], publication.frame)
        told, size = self.told
        self.told = (told + 1, size + len(publication.frame))
        self._archive.metrics.count_resumed("refresh", 0, len(self.listeners))

    def _trace(self, fan_outs: FanOuts, message: Republished) -> None:
        """Begin the span of a message that was just taken, unless it was refused."""
        if self._pending and self._pending[-1].sequence == message.sequence:
            fan_outs.begin(self.group, message)

    def _tell_each(
        self, listeners: Iterable[Listener], pending: list[Publication], frames: bytes
    ) -> None:
        """Tell each listener what it has not been told by another gateway."""
        for listener in listeners:
            since = self._ahead.get(listener) if self._ahead else None
            if since is None:
                listener.tell(pending, frames)
            elif later := [publication for publication in pending if publication.sequence > since]:
                listener.tell(later, joined(later))
        self._drop_overtaken()

    def _drop_overtaken(self) -> None:
        """Forget that anybody is ahead who is not any more."""
        if self._ahead:
            known = self.known
            self._ahead = {each: since for each, since in self._ahead.items() if since > known}
        self._ahead = self._ahead or None


def _observe_delay(metrics: GatewayMetrics, headers: bytes | None) -> None:
    stored_at = headers and text_in(headers, STORED_AT)
    if stored_at:
        delay = time.time() - datetime.fromisoformat(stored_at).timestamp()
        metrics.delivery_seconds.observe(max(delay, 0))
