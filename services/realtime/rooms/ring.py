"""Recent publications in memory, for clients that reconnect."""

from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Sequence
from operator import attrgetter

from services.realtime.rooms.publication import Publication, memory
from services.shared.bus.subjects import Group


class Ring:
    """The recent publications of one group: all after `floor`, up to and with `last`.

    Numbers are the stream's: all groups share them, so one group's have gaps. Only `floor` says
    whether everything after N is held; the first publication that is held does not.
    """

    __slots__ = ("_held", "floor", "last", "size")

    def __init__(self, floor: int) -> None:
        self.floor = floor
        self.last = floor
        self.size = 0
        self._held: list[Publication] | None = None

    def __len__(self) -> int:
        return len(self._held) if self._held else 0

    def append(self, publication: Publication) -> int:
        """Add the group's next publication; return the growth in bytes."""
        if self._held is None:
            self._held = []
        self._held.append(publication)
        self.last = publication.sequence
        grown = memory(publication)
        self.size += grown
        return grown

    def skip(self, sequence: int) -> None:
        """Count the group's next message as seen, without keeping it."""
        self.last = sequence

    def after(self, sequence: int) -> list[Publication]:
        """Return the publications after `sequence`, which must not be below `floor`."""
        if not self._held or sequence >= self.last:
            return []
        return self._held[bisect_right(self._held, sequence, key=attrgetter("sequence")) :]

    def extend_back(self, floor: int, older: Sequence[Publication]) -> int:
        """Put `older` in front: all after the new `floor`, up to the old one; return the growth."""
        self._held = [*older, *(self._held or ())]
        self.floor = floor
        grown = sum(map(memory, older))
        self.size += grown
        return grown

    def trim(self, limit: int) -> int:
        """Drop the oldest publications where the ring is larger than `limit` bytes.

        It keeps at most half of `limit`, so that trimming is rare. Returns how many bytes it
        dropped.
        """
        if self.size <= limit or not self._held:
            return 0
        before, dropped = self.size, 0
        while self.size > limit // 2:
            self.size -= memory(self._held[dropped])
            dropped += 1
        self.floor = self._held[dropped - 1].sequence
        del self._held[:dropped]
        return before - self.size

    def reset(self, floor: int) -> int:
        """Empty the ring and begin after `floor`; return how many bytes were dropped."""
        freed, self.size = self.size, 0
        self._held = None
        self.floor = self.last = floor
        return freed


class Rings:
    """All rings that hold something, also of groups without a socket, in bounded memory."""

    def __init__(self, limit: int, limit_each: int) -> None:
        self.limit = limit
        self.limit_each = min(limit, limit_each)
        self.size = 0
        self.evicted_up_to = 0
        """The highest number that was ever evicted."""
        self._kept: OrderedDict[Group, Ring] = OrderedDict()

    def find(self, group: Group) -> Ring | None:
        """Return the group's ring if it holds anything."""
        return self._kept.get(group)

    def publications(self) -> int:
        """Count the publications in all rings."""
        return sum(map(len, self._kept.values()))

    def append(self, group: Group, ring: Ring, publication: Publication) -> None:
        """Add to the group's ring; evict the least recently used rings where it does not fit."""
        self.size += ring.append(publication)
        if ring.size > self.limit_each:
            self.size -= ring.trim(self.limit_each)
            if not len(ring):
                self._forget(group, ring)
                return
        self._kept[group] = ring
        self._kept.move_to_end(group)
        if self.size > self.limit:
            self.shrink(self.limit)

    def shrink(self, limit: int) -> None:
        """Evict the least recently used rings until at most `limit` bytes are held."""
        while self.size > limit:
            _, oldest = self._kept.popitem(last=False)
            self.evicted_up_to = max(self.evicted_up_to, oldest.last)
            self.size -= oldest.reset(oldest.last)

    def extend_back(
        self, group: Group, ring: Ring, floor: int, older: Sequence[Publication]
    ) -> None:
        """Keep what was read from the stream, all after `floor`, if it fits."""
        wanted = sum(map(memory, older))
        if ring.size + wanted > self.limit_each or self.size + wanted > self.limit:
            return
        self.size += ring.extend_back(floor, older)
        if older:
            self._kept[group] = ring

    def reset(self, group: Group, ring: Ring, floor: int) -> None:
        """Empty a ring, and begin it after `floor`."""
        self._kept.pop(group, None)
        self.size -= ring.reset(floor)

    def _forget(self, group: Group, ring: Ring) -> None:
        """Drop a ring whose last publication was too large to be held."""
        self._kept.pop(group, None)
        self.evicted_up_to = max(self.evicted_up_to, ring.last)

    def clear(self) -> None:
        """Empty all rings: the numbers are another stream's now."""
        for ring in self._kept.values():
            ring.reset(0)
        self._kept.clear()
        self.size = self.evicted_up_to = 0
