"""Parser events that are no tags, to HTML: text, code, formulas, breaks and marks."""

from html import escape
from typing import Final

from pyromark.event import Event

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

_DIGITS: Final = frozenset("0123456789")


class InlineWriter:
    """Writes what stands in a line to the end of `parts`.

    The HTML is well-formed and escaped, but meant for the sanitiser, not yet for a page.
    """

    __slots__ = ("_anchors", "_parts", "_price", "in_link")

    def __init__(self, parts: list[str], anchors: Anchors) -> None:
        self._parts = parts
        self._anchors = anchors
        self._price: tuple[int, str] | None = None
        self.in_link = False

    def write(self, event: Event) -> None:
        """Write one event, which starts and ends nothing."""
        match event:
            case {"Text": str(text)}:
                self._write_text(text)
            case {"InlineMath": str(content)}:
                self._write_formula("InlineMath", content)
            case {"DisplayMath": str(content)}:
                self._write_formula("DisplayMath", content)
            case _:
                self._parts.append(self._leaf(event))

    def _leaf(self, event: Event) -> str:
        match event:
            case {"Code": str(code)}:
                return f"<code>{escape(as_written(code), quote=False)}</code>"
            case {"InlineHtml": str(html)}:
                return elements.inline_html(as_written(html))
            case {"Html": str(html)}:
                return escape(as_written(html), quote=False)
            case _:
                return self._mark(event)

    def _mark(self, event: Event) -> str:
        match event:
            case "HardBreak":
                return "<br>"
            case "SoftBreak":
                return "\n"
            case {"TaskListMarker": checked}:
                return elements.task_mark(checked=bool(checked))
            case {"FootnoteReference": str(label)}:
                return self._footnote_reference(label)
            case _:
                raise ValueError(f"an event of an extension that is not enabled: {event}")

    def _footnote_reference(self, label: str) -> str:
        if self.in_link:
            return elements.footnote_reference(label, None, "")
        href = self._anchors.footnote_href(label)
        return elements.footnote_reference(label, href, self._anchors.footnote_reference(label))

    def _write_text(self, text: str) -> None:
        if self._price and self._price[0] == len(self._parts) - 1 and text[:1] in _DIGITS:
            self._parts[-1] = self._price[1]
        self._parts.append(self._prose(text))

    def _write_formula(self, kind: str, content: str) -> None:
        """Write a formula, or what else it is: a dollar after a word or before a digit is money."""
        prose = self._prose(not_a_formula(kind, content))
        found = formula(kind, content)
        if found is None or not found.tex.strip() or (kind == "InlineMath" and self._after_word()):
            self._parts.append(prose)
            return
        self._parts.append(self._formula(found))
        if kind == "InlineMath":
            self._price = (len(self._parts) - 1, prose)

    def _formula(self, found: Formula) -> str:
        enough = self._anchors.formulas.spend(found.tex)
        html = formula_html(found.tex, display=found.display) if enough else None
        return elements.formula_source(found.tex) if html is None else insertion(html)

    def _after_word(self) -> bool:
        before = self._parts[-1][-1:] if self._parts else ""
        return before.isascii() and before.isalnum()

    def _prose(self, text: str) -> str:
        plain = unescaped(text)
        return escape(plain, quote=False) if self.in_link else linked_prose(plain)
