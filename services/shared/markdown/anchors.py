"""The element ids of one rendered text: its blocks and its footnotes."""

import re
from typing import Final

_PREFIX: Final = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
_NOT_IN_ID: Final = re.compile(r"[^A-Za-z0-9]")


class Anchors:
    """Hands out ids that begin with the prefix and are unique within the text.

    A prefix of None hands out none. Raises ValueError for a prefix that is no plain id.
    """

    __slots__ = ("_defined", "_prefix", "number")

    def __init__(self, prefix: str | None) -> None:
        if prefix is not None and not _PREFIX.fullmatch(prefix):
            raise ValueError(f"not usable as the start of an element id: {prefix!r}")
        self._prefix = prefix
        self._defined: set[str] = set()
        self.number = 0

    def next_block(self) -> str:
        """Return the id attribute of the next block, with a leading space, and count it."""
        number, self.number = self.number, self.number + 1
        return "" if self._prefix is None else f' id="{self._prefix}_b{number}"'

    def footnote(self, label: str) -> str:
        """Return the id attribute of a footnote's definition; the first one of a label has it."""
        anchor = self._footnote_id(label)
        if anchor is None or anchor in self._defined:
            return ""
        self._defined.add(anchor)
        return f' id="{anchor}"'

    def footnote_href(self, label: str) -> str | None:
        """Return the address of a footnote's definition within the page."""
        anchor = self._footnote_id(label)
        return None if anchor is None else f"#{anchor}"

    def _footnote_id(self, label: str) -> str | None:
        if self._prefix is None:
            return None
        return f"{self._prefix}_fn_{_NOT_IN_ID.sub(_spelt_out, label.casefold())}"


def _spelt_out(character: re.Match[str]) -> str:
    return f"-{ord(character[0]):x}-"
