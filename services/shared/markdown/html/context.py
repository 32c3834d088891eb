"""The shared state of one rendered text: ids, code slots, images and the formula budget."""

import re
from typing import Final

from services.shared.markdown.code.slots import CodeSlots
from services.shared.markdown.html.elements import direction
from services.shared.markdown.maths.formulas import FormulaBudget
from services.shared.markdown.parse.data_images import DataImages

_PREFIX: Final = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
_NOT_IN_ID: Final = re.compile(r"[^A-Za-z0-9]")


class RenderContext:
    """The shared state of one rendering; its ids begin with the prefix and are unique.

    Without a prefix there are no ids. The code that walks the tree sets `block`, the id of the
    block being written, and `stands_alone`, whether it is in no list, quotation or table. Without
    `images`, data URLs are shown as their alternative texts. Raises ValueError for a prefix that is
    no plain id.
    """

    __slots__ = (
        *("_defined", "_prefix", "_referred", "block", "code_slots", "formulas", "images"),
        "stands_alone",
    )

    def __init__(self, prefix: str | None, images: DataImages | None = None) -> None:
        if prefix is not None and not _PREFIX.fullmatch(prefix):
            raise ValueError(f"not usable as the start of an element id: {prefix!r}")
        self._prefix = prefix
        self._defined: set[str] = set()
        self._referred: set[str] = set()
        self.block: str | None = None
        self.stands_alone = False
        self.images = images or DataImages()
        self.code_slots = CodeSlots()
        self.formulas = FormulaBudget()

    def root(self, name: str) -> str:
        """Return the attributes of the root element of the block being written."""
        identity = "" if self.block is None else f' id="{self.block}"'
        return identity + (direction(name) if self.stands_alone else "")

    def footnote(self, label: str) -> str:
        """Return the id attribute of a footnote's definition; only a label's first has one."""
        return self._first(self._footnote_id(label, "fn"), self._defined)

    def footnote_reference(self, label: str) -> str:
        """Return the id attribute of a footnote reference; only the first to a label has one."""
        return self._first(self._footnote_id(label, "fnref"), self._referred)

    def footnote_href(self, label: str) -> str | None:
        """Return the address of a footnote's definition within the page."""
        anchor = self._footnote_id(label, "fn")
        return None if anchor is None else f"#{anchor}"

    def footnote_return_href(self, label: str) -> str | None:
        """Return the address of the first reference to a footnote, if there was one before."""
        anchor = self._footnote_id(label, "fnref")
        return f"#{anchor}" if anchor in self._referred else None

    def _first(self, anchor: str | None, seen: set[str]) -> str:
        if anchor is None or anchor in seen:
            return ""
        seen.add(anchor)
        return f' id="{anchor}"'

    def _footnote_id(self, label: str, kind: str) -> str | None:
        if self._prefix is None:
            return None
        return f"{self._prefix}_{kind}_{_NOT_IN_ID.sub(_spelt_out, label.casefold())}"


def _spelt_out(character: re.Match[str]) -> str:
    return f"-{ord(character[0]):x}-"
