"""Slots for the code in a rendered text, until its colours arrive."""

from collections.abc import Iterable
from html import escape
from typing import Final

from services.shared.highlighting.code import Code, Colours, code_to_colour
from services.shared.markdown.safety.placeholders import as_written
from services.shared.markdown.safety.trusted_html import is_plain, slot, with_slots

PLAIN: Final[Colours] = {}


class CodeSlots:
    """Hands out slots for code, and tracks which elements they are in.

    HTML with slots is a draft and must not reach a page; `filled` turns it into HTML.
    """

    __slots__ = ("_drafts", "_in_slots", "_placed", "_taken")

    def __init__(self) -> None:
        self._in_slots: list[Code] = []
        self._placed = 0
        self._taken = 0
        self._drafts: dict[Code, dict[str, str]] = {}

    def take(self) -> tuple[Code, ...]:
        """Return the code that was added since the last call."""
        taken, self._taken = self._taken, len(self._in_slots)
        return tuple(self._in_slots[taken:])

    def html(self, text: str, language: str) -> str:
        """Return code as HTML for the sanitiser, in a slot if its language is known."""
        shown = as_written(text)
        html = escape(shown, quote=False)
        code = code_to_colour(shown, language) if is_plain(shown) else None
        if code is None:
            return html
        self._in_slots.append(code)
        return slot(len(self._in_slots) - 1, html)

    def place(self, element_id: str | None, draft: str) -> None:
        """Note that this element has the code that was added since the last call."""
        for code in self._in_slots[self._placed :]:
            if element_id is not None:
                self._drafts.setdefault(code, {})[element_id] = draft
        self._placed = len(self._in_slots)

    def take_drafts(self, codes: Iterable[Code]) -> dict[str, str]:
        """Return and forget the drafts of the elements that have any of `codes`, by their ids."""
        taken: dict[str, str] = {}
        for code in codes:
            taken |= self._drafts.pop(code, {})
        return taken

    def filled(self, draft: str, colours: Colours) -> str:
        """Return the HTML of a draft; code without colours is plain."""
        return with_slots(draft, lambda number: colours.get(self._in_slots[number]))
