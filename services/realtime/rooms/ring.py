"""What is kept of recent publications, so that a client that comes back need not ask the stream."""

from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Sequence
from operator import attrgetter

from services.realtime.rooms.publication import Publication, memory
from services.shared.bus.subjects import Group


class Ring:
    """The recent publications of one group: all after `floor`, up to and with `last`.

    Numbers are the stream's, shared by all groups and so sparse in one of them. Whether everything
    after N is held can therefore be asked of `floor` only, never of the first that is held.
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
        """Add the group's next publication; return by how many bytes the ring grew."""
        if self._held is None:
            self._held = []
        self._held.append(publication)
        self.last = publication.sequence
        grown = memory(publication)
        self.size += grown
        return grown

    def skip(self, sequence: int) -> None:
        """Pass over the group's next message, of which there is nothing to keep."""
        self.last = sequence

    def after(self, sequence: int) -> list[Publication]:
        """List what is held after `sequence`, which must not be below `floor`."""
        if not self._held or sequence >= self.last:
            return []
        return self._held[bisect_right(self._held, sequence, key=attrgetter("sequence")) :]

    def extend_back(self, floor: int, older: Sequence[Publication]) -> int:
        """Put `older` in front: all after the new `floor`, up to the old one. Return the growth."""
        self._held = [*older, *(self._held or ())]
        self.floor = floor
        grown = sum(map(memory, older))
        self.size += grown
        return grown

    def trim(self, limit: int) -> int:
        """Let go of the oldest until at most half of `limit` bytes are held, if more than `limit`.

        Returns by how many bytes the ring shrank. Half, so that it is done seldom.
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
        """Hold nothing, and everything after `floor`; return by how many bytes the ring shrank."""
        freed, self.size = self.size, 0
        self._held = None
        self.floor = self.last = floor
        return freed


class Rings:
    """Every ring that holds something, of groups without a socket too, in a bounded size."""

    def __init__(self, limit: int, limit_each: int) -> None:
        self.limit = limit
        self.limit_each = min(limit, limit_each)
        self.size = 0
        self.evicted_up_to = 0
        """The highest number that was ever let go to make room."""
        self._kept: OrderedDict[Group, Ring] = OrderedDict()

    def find(self, group: Group) -> Ring | None:
        """Return the group's ring if it holds anything."""
        return self._kept.get(group)

    def publications(self) -> int:
        """Count what is held in all."""
        return sum(map(len, self._kept.values()))

    def append(self, group: Group, ring: Ring, publication: Publication) -> None:
        """Add to the group's ring; the least recently used rings make room for it."""
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
        """Let go of the least recently used rings until no more than `limit` bytes are held."""
        while self.size > limit:
            _, oldest = self._kept.popitem(last=False)
            self.evicted_up_to = max(self.evicted_up_to, oldest.last)
            self.size -= oldest.reset(oldest.last)

    def extend_back(
        self, group: Group, ring: Ring, floor: int, older: Sequence[Publication]
    ) -> None:
        """Keep what was read from the stream, where it fits; all after `floor` is held then."""
        wanted = sum(map(memory, older))
        if ring.size + wanted > self.limit_each or self.size + wanted > self.limit:
            return
        self.size += ring.extend_back(floor, older)
        if older:
            self._kept[group] = ring

    def reset(self, group: Group, ring: Ring, floor: int) -> None:
        """Let a ring hold nothing, and everything after `floor`."""
        self._kept.pop(group, None)
        self.size -= ring.reset(floor)

    def _forget(self, group: Group, ring: Ring) -> None:
        """Hold nothing of a ring whose last one was too large to be held at all."""
        self._kept.pop(group, None)
        self.evicted_up_to = max(self.evicted_up_to, ring.last)

    def clear(self) -> None:
        """Let go of everything: the numbers count another stream now."""
        for ring in self._kept.values():
            ring.reset(0)
        self._kept.clear()
        self.size = self.evicted_up_to = 0
