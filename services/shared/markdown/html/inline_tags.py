"""HTML tags that take effect within a line: in pairs and without attributes."""

import re
from html import escape
from typing import Final, NamedTuple

from services.shared.markdown.html.elements import LEFT_TO_RIGHT

_LINE_BREAK: Final = re.compile(r"<br\s*/?>", re.IGNORECASE)
_TAG: Final = re.compile(r"<(/?)([a-z]+[1-6]?)\s*>", re.IGNORECASE)
_PAIRS: Final = {
    "kbd": (f"<kbd{LEFT_TO_RIGHT}>", "</kbd>"),
    "sub": ("<sub>", "</sub>"),
    "sup": ("<sup>", "</sup>"),
}
_STRONG: Final = ("<strong>", "</strong>")
_EMPHASIS: Final = ("<em>", "</em>")
# A summary is a line of text, so a heading in it has no element of its own.
_PAIRS_IN_A_SUMMARY: Final = {
    **_PAIRS,
    "b": _STRONG,
    "strong": _STRONG,
    "i": _EMPHASIS,
    "em": _EMPHASIS,
    "code": (f"<code{LEFT_TO_RIGHT}>", "</code>"),
    **{f"h{level}": ("", "") for level in range(1, 7)},
}
# How many open tags may wait for their ends; of more, the last ones do.
_MOST: Final = 16


class _Open(NamedTuple):
    depth: int
    name: str
    place: int


class Tags:
    """Writes the tags of one block to `parts`: as text, until the closing tag makes a pair.

    Both tags stand in the same element, and pairs are nested properly. The tags written are our
    own: no source goes into a tag.
    """

    __slots__ = ("_open", "_pairs", "_parts")

    def __init__(self, parts: list[str]) -> None:
        self._parts = parts
        self._open: list[_Open] = []
        self._pairs = _PAIRS

    def enter_summary(self) -> None:
        """Allow more tags: those that people write in a summary."""
        self._pairs = _PAIRS_IN_A_SUMMARY

    def write(self, source: str, depth: int) -> None:
        """Write inline HTML that stands `depth` elements deep."""
        tag = _TAG.fullmatch(source)
        name = tag[2].lower() if tag else ""
        if _LINE_BREAK.fullmatch(source):
            self._parts.append("<br>")
        elif tag and tag[1] and self._close(name, depth):
            self._parts.append(self._pairs[name][1])
        else:
            if tag and not tag[1] and name in self._pairs:
                self._begin(name, depth)
            self._parts.append(escape(source, quote=False))

    def leave(self, depth: int) -> None:
        """Return to an element at this depth; open tags in deeper ones stay text."""
        while self._open and self._open[-1].depth > depth:
            self._open.pop()

    def _begin(self, name: str, depth: int) -> None:
        self._open.append(_Open(depth, name, len(self._parts)))
        del self._open[:-_MOST]

    def _close(self, name: str, depth: int) -> bool:
        for index in reversed(range(len(self._open))):
            tag = self._open[index]
            if tag.depth < depth:
                break
            if tag.name == name:
                self._parts[tag.place] = self._pairs[name][0]
                del self._open[index:]
                return True
        return False
