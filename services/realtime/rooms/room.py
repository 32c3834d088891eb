"""One group: its listeners, and how far it has come. Nothing is missed or delivered twice.

NATS delivers a republished message once or never. So each carries the number of the one before it
in its group (ADR-28, "Republish"): there is no gap exactly where that number is not beyond the last
one known here. After a gap nothing is delivered until `catch_up` has read what is missing.
"""

import asyncio
import time
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Final, Protocol

from nats.aio.subscription import Subscription

from services.realtime.admission.gatekeeper import Admission
from services.realtime.close_codes import CloseReason
from services.realtime.metrics import GapCause, GatewayMetrics
from services.realtime.nats_reading.feed import Republished
from services.realtime.nats_reading.headers import text_in
from services.realtime.rooms.fan_out_spans import FanOutSpans
from services.realtime.rooms.history import History
from services.realtime.rooms.publication import Publication, join_frames
from services.realtime.rooms.ring import Ring
from services.shared.bus.position import Cursor
from services.shared.bus.subjects import Group

STORED_AT: Final = b"\r\nNats-Time-Stamp: "


class Listener(Protocol):
    """What a room delivers publications to."""

    @property
    def admission(self) -> Admission:
        """Its right to listen."""

    def deliver(self, publications: list[Publication], frames: bytes) -> None:
        """Take publications, and the same as WebSocket frames; must not wait or raise."""

    def end(self, close_reason: CloseReason) -> None:
        """Take no more, and close."""


type Delivered = tuple[int, int]
"""A count of publications, and the bytes of their frames."""

NOTHING_DELIVERED: Final[Delivered] = (0, 0)

type OnGap = Callable[["Room"], None]
"""Called when a room has missed something, once until it has caught up."""


class Room:
    """The listeners of one group, and how far the group has come.

    All positions are numbers of the stream: `ring.floor` and `ring.last` bound what is kept,
    `known` is up to where nothing is missing here (at or beyond `ring.last`), `expected` was
    published for certain (beyond `ring.last` only while the room catches up), and `head` was the
    newest of the group when the room was opened.
    """

    __slots__ = (
        "_ahead", "_headers", "_history", "_known", "_on_gap", "_pending", "catching_up", "closed",
        "delivered", "expected", "group", "head", "listeners", "lock", "ring", "started",
        "subscription", "visitors",
    )  # fmt: skip

    def __init__(self, group: Group, history: History, on_gap: OnGap) -> None:
        self.group = group
        self.ring = Ring(0)
        self.listeners: set[Listener] = set()
        self.visitors = 0
        self.subscription: Subscription | None = None
        self.lock: asyncio.Lock | None = None
        self.head = 0
        self.expected = 0
        self.started = False
        self.catching_up = False
        self.closed = False
        self.delivered: Delivered = NOTHING_DELIVERED
        """Since the room was opened; a listener notes the count when it comes in."""
        self._ahead: dict[Listener, int] | None = None
        """Listeners to which another gateway delivered more than has come here, and up to where."""
        self._history = history
        self._on_gap = on_gap
        self._known = 0
        self._pending: list[Publication] | None = None
        self._headers: bytes | None = None
        """Of the newest message in `_pending`."""

    @property
    def known(self) -> int:
        """The number up to which nothing was published in the group that is missing here."""
        return max(self._known, self.ring.last)

    @property
    def _is_current(self) -> bool:
        """Whether a message that follows the last one may be delivered at once."""
        return self.started and not self.catching_up and self._history.is_in_sync

    def position(self) -> Cursor:
        """Flush, and return the position that every listener has then."""
        self.flush()
        return Cursor(self._history.epoch, self.known)

    def compare(self, head: int, first: int, last: int, cause: GapCause) -> None:
        """Compare with the stream, whose first number was `first`, and the group's newest `head`.

        Everything up to `last` was stored before `head` was asked for. Numbers between what is
        known here and `first` may have been the group's and have left the stream: then every page
        has to load itself again.
        """
        if not self.started or self.catching_up:
            return
        self.flush()  # before `_drop_overtaken`, which forgets what listeners ahead already have
        if first > self.known + 1:
            self._history.metrics.gaps.labels(cause=cause).inc()
            self.start_over(max(head, last, first - 1))
        elif head > self.ring.last:
            self.expect(head, cause)
        else:
            self._known = max(self._known, last)
            self._drop_overtaken()

    def receive(self, message: Republished) -> None:
        """Take a message from the bus."""
        last = self.ring.last
        if self.closed or (message.sequence <= last and self.started):
            return
        if not self._is_current or message.previous > last:
            self.expect(message.sequence, "chain")
        else:
            self._headers = message.headers
            self.take(message.sequence, message.payload)
            if self._history.spans is not None:
                self._begin_span(self._history.spans, message)

    def expect(self, sequence: int, cause: GapCause) -> None:
        """Note that `sequence` was published; catch up unless it is here already."""
        self.expected = max(self.expected, sequence)
        if self._is_current and self.expected > self.ring.last:
            self.catching_up = True
            self._history.metrics.gaps.labels(cause=cause).inc()
            self._on_gap(self)

    def take(self, sequence: int, payload: bytes) -> None:
        """Keep the group's next message, and deliver it with the next flush."""
        publication = self._history.stamped(self.group, sequence, payload)
        if publication is None:
            self.ring.skip(sequence)
            return
        self._history.rings.append(self.group, self.ring, publication)
        if self._pending is None:
            self._pending = [publication]
            self._history.flushes.add(self.flush)
        else:
            self._pending.append(publication)

    def flush(self) -> None:
        """Deliver what is pending to every listener, with one write each."""
        pending, self._pending = self._pending, None
        if pending is None:
            return
        headers, self._headers = self._headers, None
        listeners = tuple(self.listeners)
        frames = pending[0].frame if len(pending) == 1 else join_frames(pending)
        if self._ahead is None:
            for listener in listeners:
                listener.deliver(pending, frames)
        else:
            self._deliver_unseen(listeners, pending, frames)
        count, size = self.delivered
        self.delivered = (count + len(pending), size + len(frames))
        if self._history.spans is not None:
            self._history.spans.end(pending, len(listeners))
        self._history.recent.add(self.group)
        metrics = self._history.metrics
        if metrics.traffic.count_flush(len(pending), len(listeners), len(frames)):
            _observe_delay(metrics, headers)

    def attach(self, listener: Listener, since: int = 0) -> None:
        """Deliver to `listener` what is taken from now on, but nothing up to number `since`."""
        self.flush()
        self.listeners.add(listener)
        if since > self.known:
            self._ahead = self._ahead or {}
            self._ahead[listener] = since

    def leave(self, listener: Listener) -> None:
        """Deliver nothing more to `listener`."""
        self.listeners.discard(listener)
        if self._ahead:
            self._ahead.pop(listener, None)

    def start(self, ring: Ring, head: int) -> None:
        """Begin with `ring`, where the group's newest number in the stream is `head`."""
        self.ring = ring
        self.head = head
        self.started = True
        self.expect(head, "chain")

    def start_over(self, sequence: int) -> None:
        """Give up everything up to `sequence`: every page has to load itself again."""
        if self.closed:
            return  # its ring may belong to a newer room of the group
        self.flush()
        self._known = 0
        self._ahead = None
        self._history.rings.reset(self.group, self.ring, sequence)
        publication = self._history.refresh(sequence)
        for listener in tuple(self.listeners):
            listener.deliver([publication], publication.frame)
        count, size = self.delivered
        self.delivered = (count + 1, size + len(publication.frame))
        self._history.metrics.count_resumed("refresh", 0, len(self.listeners))

    def _begin_span(self, spans: FanOutSpans, message: Republished) -> None:
        """Begin the span of a message that was just taken, unless it was refused."""
        if self._pending and self._pending[-1].sequence == message.sequence:
            spans.begin(self.group, message)

    def _deliver_unseen(
        self, listeners: Iterable[Listener], pending: list[Publication], frames: bytes
    ) -> None:
        """Deliver to each listener what it has not had from another gateway."""
        for listener in listeners:
            since = self._ahead.get(listener) if self._ahead else None
            if since is None:
                listener.deliver(pending, frames)
            elif later := [publication for publication in pending if publication.sequence > since]:
                listener.deliver(later, join_frames(later))
        self._drop_overtaken()

    def _drop_overtaken(self) -> None:
        """Drop the listeners from `_ahead` that are ahead no more."""
        if self._ahead:
            known = self.known
            self._ahead = {each: since for each, since in self._ahead.items() if since > known}
        self._ahead = self._ahead or None


def _observe_delay(metrics: GatewayMetrics, headers: bytes | None) -> None:
    stored_at = headers and text_in(headers, STORED_AT)
    if stored_at:
        delay = time.time() - datetime.fromisoformat(stored_at).timestamp()
        metrics.delivery_seconds.observe(max(delay, 0))
