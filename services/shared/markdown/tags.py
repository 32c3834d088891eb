"""The tags of HTML that mean what they say within a line: in pairs, and without any attribute."""

import re
from html import escape
from typing import Final, NamedTuple

from services.shared.markdown.elements import LEFT_TO_RIGHT

_LINE_BREAK: Final = re.compile(r"<br\s*/?>", re.IGNORECASE)
_PAIRED: Final = re.compile(r"<(/?)(kbd|sub|sup)\s*>", re.IGNORECASE)
_OPENINGS: Final = {"kbd": f"<kbd{LEFT_TO_RIGHT}>", "sub": "<sub>", "sup": "<sup>"}
# Tags that wait for their ends at one time; of more the last ones do.
_MOST: Final = 16


class _Open(NamedTuple):
    depth: int
    name: str
    place: int


class Tags:
    """Writes the tags of one block to `parts`: as text, until the end of a pair makes it one.

    Both stand in the same element, and pairs lie within each other. Whatever is written is ours:
    nothing of the source goes into a tag.
    """

    __slots__ = ("_open", "_parts")

    def __init__(self, parts: list[str]) -> None:
        self._parts = parts
        self._open: list[_Open] = []

    def write(self, source: str, depth: int) -> None:
        """Write inline HTML that stands so many elements deep."""
        paired = _PAIRED.fullmatch(source)
        if _LINE_BREAK.fullmatch(source):
            self._parts.append("<br>")
        elif paired and paired[1] and self._close(paired[2].lower(), depth):
            self._parts.append(f"</{paired[2].lower()}>")
        else:
            if paired and not paired[1]:
                self._begin(paired[2].lower(), depth)
            self._parts.append(escape(source, quote=False))

    def leave(self, depth: int) -> None:
        """Leave an element for one that is so many deep: a tag that waits in it stays text."""
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
                self._parts[tag.place] = _OPENINGS[name]
                del self._open[index:]
                return True
        return False
