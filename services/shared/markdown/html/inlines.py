"""Writes the HTML of inline events: text, code, formulas, breaks and references."""

from collections.abc import Callable
from html import escape
from typing import Any, Final

from services.shared.markdown.html import elements
from services.shared.markdown.html.context import RenderContext
from services.shared.markdown.html.inline_tags import Tags
from services.shared.markdown.html.links import linked_prose
from services.shared.markdown.maths.delimiters import formula
from services.shared.markdown.maths.formulas import formula_html
from services.shared.markdown.safety.placeholders import as_written, unescaped
from services.shared.markdown.safety.trusted_html import insertion


class InlineWriter:
    """Appends inline HTML to `parts`; each method takes the value of an event.

    The HTML is well-formed and escaped, but meant for the sanitiser, not yet for a page.
    """

    __slots__ = ("closings", "context", "in_link", "parts", "tags")

    def __init__(self, context: RenderContext) -> None:
        self.parts: list[str] = []
        self.closings: list[str] = []
        self.tags = Tags(self.parts)
        self.context = context
        self.in_link = False

    def write_text(self, text: str) -> None:
        """Write prose."""
        plain = unescaped(text)
        self.parts.append(escape(plain, quote=False) if self.in_link else linked_prose(plain))

    def write_code(self, code: str) -> None:
        """Write code within a line."""
        shown = self.context.images.restored(as_written(code))
        self.parts.append(elements.code_in_line(shown))

    def write_html(self, html: str) -> None:
        """Write raw HTML as text."""
        shown = self.context.images.restored(as_written(html))
        self.parts.append(escape(shown, quote=False))

    def write_inline_html(self, html: str) -> None:
        """Write raw inline HTML as text, except for the few tags that take effect."""
        self.tags.write(self.context.images.restored(as_written(html)), len(self.closings))

    def write_task_mark(self, checked: bool) -> None:
        """Write the checkbox of a task."""
        self.parts.append(elements.task_mark(checked=checked))

    def write_formula(self, kind: str, content: str) -> None:
        """Write a formula, or its source if it cannot be converted.

        Raises ValueError for content that is no formula; `events` never returns any.
        """
        found = formula(kind, content)
        if found is None:
            raise ValueError(f"not a formula: {content}")
        enough = self.context.formulas.spend(found.tex)
        # On a line of its own it has a button, which has no place in a link or a summary.
        is_alone = found.display and not self.in_link and "</summary>" not in self.closings
        html = formula_html(found.tex, display=is_alone) if enough else None
        self.parts.append(elements.formula_source(found.tex) if html is None else insertion(html))

    def write_footnote_reference(self, label: str) -> None:
        """Write a reference to a footnote, a link unless it is within one."""
        href, identity = None, ""
        if not self.in_link:
            href = self.context.footnote_href(label)
            identity = self.context.footnote_reference(label)
        self.parts.append(elements.footnote_reference(label, href, identity))


MARKS: Final = {"HardBreak": "<br>", "SoftBreak": "\n"}
WRITERS: Final[dict[str, Callable[[InlineWriter, Any], None]]] = {
    "Code": InlineWriter.write_code,
    "DisplayMath": lambda writer, content: writer.write_formula("DisplayMath", content),
    "FootnoteReference": InlineWriter.write_footnote_reference,
    "Html": InlineWriter.write_html,
    "InlineHtml": InlineWriter.write_inline_html,
    "InlineMath": lambda writer, content: writer.write_formula("InlineMath", content),
    "TaskListMarker": InlineWriter.write_task_mark,
    "Text": InlineWriter.write_text,
}
