"""What was made of a text, kept for the next time, in a bounded number of bytes."""

from collections.abc import Callable
from sys import getsizeof
from threading import Lock
from typing import NamedTuple

from cachetools import LRUCache


class _Entry(NamedTuple):
    html: str | None
    size: int


class TextCache:
    """Keeps the HTML made of texts, the least recently used first to go; threads may share it."""

    def __init__(self, max_bytes: int) -> None:
        self._entries: LRUCache[tuple[str, ...], _Entry] = LRUCache(max_bytes, lambda it: it.size)
        self._lock = Lock()

    @property
    def size(self) -> float:
        """How many bytes the texts and what was made of them take, about."""
        return self._entries.currsize

    def get(self, key: tuple[str, ...], make: Callable[[], str | None]) -> str | None:
        """Return what `make` returned for this key, or let it make it."""
        with self._lock:
            entry = self._entries.get(key)
        if entry is not None:
            return entry.html
        html = make()
        self._keep(key, html)
        return html

    def _keep(self, key: tuple[str, ...], html: str | None) -> None:
        size = sum(map(getsizeof, (*key, html)))
        with self._lock:
            if size <= self._entries.maxsize:
                self._entries[key] = _Entry(html, size)
