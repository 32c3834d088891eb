"""A cache of the HTML that texts were turned into, bounded in bytes."""

from sys import getsizeof
from threading import Lock
from typing import NamedTuple

from cachetools import LRUCache


class Kept[T: str](NamedTuple):
    """The HTML of a text, None where there is none; `size` is in bytes, with the key."""

    html: T | None
    size: int


class TextCache[T: str]:
    """Keeps the most recently used HTML of texts; threads may share it."""

    def __init__(self, max_bytes: int) -> None:
        self._entries: LRUCache[tuple[str, ...], Kept[T]] = LRUCache(max_bytes, lambda it: it.size)
        self._lock = Lock()

    @property
    def size(self) -> float:
        """About how many bytes the texts and their HTML take."""
        return self._entries.currsize

    def find(self, key: tuple[str, ...]) -> Kept[T] | None:
        """Return the entry of the texts in `key`, or None."""
        with self._lock:
            return self._entries.get(key)

    def keep(self, key: tuple[str, ...], html: T | None) -> None:
        """Keep the HTML of the texts in `key`, unless it is larger than the cache."""
        size = sum(map(getsizeof, (*key, html)))
        with self._lock:
            if size <= self._entries.maxsize:
                self._entries[key] = Kept(html, size)
