"""The shared state of one rendered text: ids, code slots, images and the formula budget."""

import re
from collections.abc import Iterable
from typing import Final

from services.shared.markdown.code.slots import CodeSlots
from services.shared.markdown.html.elements import Element, direction, element
from services.shared.markdown.maths.formulas import FormulaBudget
from services.shared.markdown.parse.data_images import DataImages

_OUTER_HEADINGS: Final = 2
_LAST_HEADING: Final = 6
_PREFIX: Final = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
_NOT_IN_ID: Final = re.compile(r"[^A-Za-z0-9]")


class RenderContext:
    """The shared state of one rendering; its ids begin with the prefix and are unique.

    Without a prefix there are no ids. The code that walks the tree sets `block`, the id of the
    block being written, and `stands_alone`, whether it is in no list, quotation or table. Without
    `images`, data URLs are shown as their alternative texts. `headings` are the levels of the
    headings that the next one may belong to. Raises ValueError for a prefix that is no plain id.
    """

    __slots__ = (
        *("_defined", "_headings", "_prefix", "_referred", "block", "code_slots", "formulas"),
        *("images", "stands_alone"),
    )

    def __init__(
        self,
        prefix: str | None,
        images: DataImages | None = None,
        *,
        headings: Iterable[str] = (),
    ) -> None:
        if prefix is not None and not _PREFIX.fullmatch(prefix):
            raise ValueError(f"not usable as the start of an element id: {prefix!r}")
        self._prefix = prefix
        self._defined: set[str] = set()
        self._referred: set[str] = set()
        self._headings = list(headings)
        self.block: str | None = None
        self.stands_alone = False
        self.images = images or DataImages()
        self.code_slots = CodeSlots()
        self.formulas = FormulaBudget()

    def root(self, name: str) -> str:
        """Return the attributes of the root element of the block being written."""
        identity = "" if self.block is None else f' id="{self.block}"'
        return identity + (direction(name) if self.stands_alone else "")

    def ahead(self) -> "RenderContext":
        """Return a context without ids for what follows and is not on the page yet."""
        return RenderContext(None, headings=self._headings)

    def heading(self, level: str) -> Element:
        """Return the next heading, of a level from H1 to H6.

        It is one level below the heading that it belongs to, whatever level the author gave it, so
        that the outline of the page has no gaps. The outermost are below the page's own.
        """
        while self._headings and self._headings[-1] >= level:
            self._headings.pop()
        self._headings.append(level)
        return element(f"h{min(_OUTER_HEADINGS + len(self._headings), _LAST_HEADING)}")

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
