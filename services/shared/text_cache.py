"""What was made of a text, kept for the next time, in a bounded number of bytes."""

from sys import getsizeof
from threading import Lock
from typing import NamedTuple

from cachetools import LRUCache


class Kept[T: str](NamedTuple):
    """What was made of a text, None where nothing could be; `size` is in bytes, with its key."""

    html: T | None
    size: int


class TextCache[T: str]:
    """Keeps the HTML made of texts, the least recently used first to go; threads may share it."""

    def __init__(self, max_bytes: int) -> None:
        self._entries: LRUCache[tuple[str, ...], Kept[T]] = LRUCache(max_bytes, lambda it: it.size)
        self._lock = Lock()

    @property
    def size(self) -> float:
        """How many bytes the texts and what was made of them take, about."""
        return self._entries.currsize

    def find(self, key: tuple[str, ...]) -> Kept[T] | None:
        """Return what was made of the texts in `key`, if that is known still."""
        with self._lock:
            return self._entries.get(key)

    def keep(self, key: tuple[str, ...], html: T | None) -> None:
        """Keep what was made of the texts in `key`, unless it is larger than all there is."""
        size = sum(map(getsizeof, (*key, html)))
        with self._lock:
            if size <= self._entries.maxsize:
                self._entries[key] = Kept(html, size)
