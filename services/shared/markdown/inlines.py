"""Parser events of what stands in a line, to HTML: text, code, formulas, breaks and marks."""

from collections.abc import Callable
from html import escape
from typing import Any, Final

from services.shared.markdown import elements
from services.shared.markdown.anchors import Anchors
from services.shared.markdown.delimiters import (
    Formula,
    as_written,
    formula,
    not_a_formula,
    unescaped,
)
from services.shared.markdown.insertions import insertion
from services.shared.markdown.links import linked_prose
from services.shared.markdown.maths import formula_html
from services.shared.markdown.tags import Tags

_DIGITS: Final = frozenset("0123456789")


class InlineWriter:
    """Writes what stands in a line to the end of `parts`; each method takes what an event holds.

    The HTML is well-formed and escaped, but meant for the sanitiser, not yet for a page.
    """

    __slots__ = ("_price", "anchors", "closings", "in_link", "parts", "tags")

    def __init__(self, anchors: Anchors) -> None:
        self.parts: list[str] = []
        self.closings: list[str] = []
        self.tags = Tags(self.parts)
        self.anchors = anchors
        self.in_link = False
        self._price: tuple[int, str] | None = None

    def write_text(self, text: str) -> None:
        """Write prose; a digit after what looked like a formula makes a price of that."""
        if self._price and self._price[0] == len(self.parts) - 1 and text[:1] in _DIGITS:
            self.parts[-1] = self._price[1]
        self.parts.append(self._prose(text))

    def write_code(self, code: str) -> None:
        """Write code within a line."""
        shown = self.anchors.images.restored(as_written(code))
        self.parts.append(elements.code_in_line(shown))

    def write_html(self, html: str) -> None:
        """Write raw HTML as text."""
        shown = self.anchors.images.restored(as_written(html))
        self.parts.append(escape(shown, quote=False))

    def write_inline_html(self, html: str) -> None:
        """Write raw HTML within a line as text, but for the few tags that mean what they say."""
        self.tags.write(self.anchors.images.restored(as_written(html)), len(self.closings))

    def write_task_mark(self, checked: bool) -> None:
        """Write the box of a task."""
        self.parts.append(elements.task_mark(checked=checked))

    def write_inline_math(self, content: str) -> None:
        """Write a formula within a line; after a word or before a digit a dollar is money."""
        prose = self._prose(not_a_formula("InlineMath", content))
        found = None if self._is_after_word() else formula("InlineMath", content)
        if self._write_formula(found, prose):
            self._price = (len(self.parts) - 1, prose)

    def write_display_math(self, content: str) -> None:
        """Write a formula that may stand in a line of its own."""
        prose = self._prose(not_a_formula("DisplayMath", content))
        self._write_formula(formula("DisplayMath", content), prose)

    def write_footnote_reference(self, label: str) -> None:
        """Write a reference to a footnote, as a link if it is not within one."""
        href, identity = None, ""
        if not self.in_link:
            href = self.anchors.footnote_href(label)
            identity = self.anchors.footnote_reference(label)
        self.parts.append(elements.footnote_reference(label, href, identity))

    def _write_formula(self, found: Formula | None, prose: str) -> bool:
        """Write a formula, or the prose that it is if it is none, and say whether it was one."""
        if found is None or not found.tex.strip():
            self.parts.append(prose)
            return False
        enough = self.anchors.formulas.spend(found.tex)
        html = formula_html(found.tex, display=found.display) if enough else None
        self.parts.append(elements.formula_source(found.tex) if html is None else insertion(html))
        return True

    def _is_after_word(self) -> bool:
        before = self.parts[-1][-1:] if self.parts else ""
        return before.isascii() and before.isalnum()

    def _prose(self, text: str) -> str:
        plain = unescaped(text)
        return escape(plain, quote=False) if self.in_link else linked_prose(plain)


MARKS: Final = {"HardBreak": "<br>", "SoftBreak": "\n"}
WRITERS: Final[dict[str, Callable[[InlineWriter, Any], None]]] = {
    "Code": InlineWriter.write_code,
    "DisplayMath": InlineWriter.write_display_math,
    "FootnoteReference": InlineWriter.write_footnote_reference,
    "Html": InlineWriter.write_html,
    "InlineHtml": InlineWriter.write_inline_html,
    "InlineMath": InlineWriter.write_inline_math,
    "TaskListMarker": InlineWriter.write_task_mark,
    "Text": InlineWriter.write_text,
}
