"""What was published: the stream, the rings in front of it, and what all rooms share of them."""

from dataclasses import dataclass, field
from typing import Final

from services.realtime.metrics import GatewayMetrics
from services.realtime.nats_reading.direct_get import StoredPublication
from services.realtime.nats_reading.flush_queue import FlushQueue
from services.realtime.nats_reading.jetstream_reader import JetStreamReader
from services.realtime.rooms.fan_out_spans import FanOutSpans
from services.realtime.rooms.publication import Publication, refresh, stamp
from services.realtime.rooms.ring import Ring, Rings
from services.shared.bus.position import Cursor, Epoch
from services.shared.bus.subjects import Group
from services.shared.pages.turbo import starts_like_turbo_streams
from services.shared.process.logging import get_logger
from services.shared.process.tracing.spans import is_tracing

UNKNOWN: Final = Epoch("")

log = get_logger("realtime.history")


@dataclass(slots=True)
class History:
    """What the rooms of a gateway share."""

    jetstream: JetStreamReader
    rings: Rings
    metrics: GatewayMetrics
    max_missed_bytes: int
    """A client that missed more than this is told to load its page again."""
    epoch: Epoch = UNKNOWN
    """The stream's; empty until it is known."""
    is_in_sync: bool = False
    """Whether every room has what the stream has, or is catching up with it."""
    flushes: FlushQueue = field(default_factory=FlushQueue)
    last_seen: int = 0
    """The highest number that the stream is known to have given."""
    recent: set[Group] = field(default_factory=set)
    """Groups with a publication since this was emptied last."""
    spans: FanOutSpans | None = field(
        default_factory=lambda: FanOutSpans() if is_tracing() else None
    )
    """None where tracing is off."""

    def stamped(self, group: Group, sequence: int, payload: bytes) -> Publication | None:
        """Make a publication of a message; None where its payload is no Turbo Stream in UTF-8."""
        if starts_like_turbo_streams(payload) and _is_text(payload):
            return stamp(self.epoch, sequence, payload)
        self.metrics.refused_publications.inc()
        log.warning("publication_refused", group=group, size=len(payload))
        return None

    def refresh(self, sequence: int) -> Publication:
        """Make the publication that has a page load itself again and go on after `sequence`."""
        return refresh(Cursor(self.epoch, sequence))

    async def warm(self, seconds: float) -> int:
        """Fill the rings with the last `seconds` of all groups; return how many messages."""
        self.rings.clear()  # an attempt that failed may have left half of them
        count, floor = 0, None
        async for batch in self.jetstream.tail(seconds):
            floor = batch[0].sequence - 1 if floor is None else floor
            for stored in batch:
                self._keep(stored, floor)
            count += len(batch)
        return count

    def _keep(self, stored: StoredPublication, floor: int) -> None:
        publication = self.stamped(stored.group, stored.sequence, stored.payload)
        # A group whose ring was evicted while others were filled has lost what was in it.
        ring = self.rings.find(stored.group)
        if ring is None:
            ring = Ring(max(floor, self.rings.evicted_up_to))
        if publication is not None:
            self.rings.append(stored.group, ring, publication)


def _is_text(payload: bytes) -> bool:
    try:
        payload.decode()
    except UnicodeDecodeError:
        return False
    return True
