"""All that can be looked up of what was published: the stream, and the rings in front of it."""

from dataclasses import dataclass, field
from typing import Final

from services.realtime.metrics import GatewayMetrics
from services.realtime.nats_reading.direct_get import Stored
from services.realtime.nats_reading.flush import Turn
from services.realtime.nats_reading.journal import Journal
from services.realtime.rooms.fan_outs import FanOuts
from services.realtime.rooms.publication import Publication, refresh, stamp
from services.realtime.rooms.ring import Ring, Rings
from services.shared.bus.position import Cursor, Epoch
from services.shared.bus.subjects import Group
from services.shared.pages.turbo import starts_like_turbo_streams
from services.shared.process.logging import get_logger
from services.shared.process.tracing.spans import are_made

UNKNOWN: Final = Epoch("")

log = get_logger("realtime.archive")


@dataclass(slots=True)
class Archive:
    """What every room of a gateway shares."""

    journal: Journal
    rings: Rings
    metrics: GatewayMetrics
    most_missed_bytes: int
    """What a client that missed more than this is told: to load its page again."""
    epoch: Epoch = UNKNOWN
    """Of the stream that the numbers count; empty until it is known."""
    is_certain: bool = False
    """Whether every room is known to be where the stream is, or on its way there."""
    turn: Turn = field(default_factory=Turn)
    """When what has come is told."""
    last_seen: int = 0
    """The highest number that is known to have been given in the stream."""
    recent: set[Group] = field(default_factory=set)
    """Groups in which something was published since this was emptied last."""
    fan_outs: FanOuts | None = field(default_factory=lambda: FanOuts() if are_made() else None)
    """None where nobody makes spans."""

    def stamped(self, group: Group, sequence: int, payload: bytes) -> Publication | None:
        """Make a publication of a message, or refuse it: a browser could not take it."""
        if starts_like_turbo_streams(payload) and _is_text(payload):
            return stamp(self.epoch, sequence, payload)
        self.metrics.refused_publications.inc()
        log.warning("publication_refused", group=group, size=len(payload))
        return None

    def refresh(self, sequence: int) -> Publication:
        """Tell a page to load itself again, and to go on after `sequence`."""
        return refresh(Cursor(self.epoch, sequence))

    async def warm(self, seconds: float) -> int:
        """Fill the rings with what all groups published in the last `seconds`; return how much."""
        self.rings.clear()  # an attempt that failed half-way leaves no half of a ring
        count, floor = 0, None
        async for batch in self.journal.tail(seconds):
            floor = batch[0].sequence - 1 if floor is None else floor
            for stored in batch:
                self._keep(stored, floor)
            count += len(batch)
        return count

    def _keep(self, stored: Stored, floor: int) -> None:
        publication = self.stamped(stored.group, stored.sequence, stored.payload)
        # A ring that was let go to make room for others has taken what it held with it.
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
