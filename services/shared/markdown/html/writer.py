"""Writes the events of a block to HTML: one root element, raw HTML as text."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, override

from pyromark.event import Event

from services.shared.markdown.html import elements, inlines
from services.shared.markdown.html.context import RenderContext
from services.shared.markdown.html.elements import Element, TableCells
from services.shared.markdown.html.inlines import InlineWriter
from services.shared.markdown.parse.data_images import has_marks
from services.shared.markdown.safety.addresses import safe_href
from services.shared.markdown.safety.placeholders import unescaped

# Browsers stop nesting at 512 elements; no answer needs as many as this.
_MAX_DEPTH: Final = 64


def write_events(
    events: Iterable[Event], context: RenderContext, *, alignments: tuple[str, ...] = ()
) -> str:
    """Return the HTML of all events of one block; a row needs its table's alignments.

    The HTML is well-formed and escaped, but meant for the sanitiser, not yet for a page.
    """
    writer = BlockWriter(context, alignments)
    for event in events:
        if isinstance(event, str):
            writer.write_mark(event)
        else:
            [(name, value)] = event.items()
            _WRITERS[name](writer, value)
    return "".join(writer.parts)


class BlockWriter(InlineWriter):
    """Also writes block elements and code blocks."""

    __slots__ = ("_cells", "_code", "_image_starts", "_language")

    def __init__(self, context: RenderContext, alignments: tuple[str, ...]) -> None:
        super().__init__(context)
        self._image_starts: list[int] = []
        self._cells = TableCells(alignments)
        self._code: list[str] | None = None
        self._language = ""

    def write_mark(self, name: str) -> None:
        """Write a break or a rule."""
        if name == "Rule":
            root = "" if self.closings else self.context.root("hr")
            self.parts.append(f"<hr{root}>")
        else:
            self.parts.append(inlines.MARKS[name])

    @override
    def write_text(self, text: str) -> None:
        if self._code is None:
            super().write_text(text)
        else:
            self._code.append(text)

    def start(self, tag: str | Mapping[str, Any]) -> None:
        """Open the element of a tag."""
        if tag == "Summary":
            self.tags.enter_summary()
        if isinstance(tag, str):
            self.open(elements.PLAIN.get(tag) or self._cells.start(tag))
        else:
            [(name, value)] = tag.items()
            _STARTS[name](self, value)

    def end(self, tag: str | Mapping[str, Any]) -> None:
        """Close the element that was opened last."""
        if tag == "Image" and self._image_starts.pop() == len(self.parts):
            self.parts.append(elements.NO_WORDS)
        elif tag == "CodeBlock" and self._code is not None:
            code = self.context.images.restored("".join(self._code))
            self.parts.append(self.context.code_slots.html(code, self._language))
            self._code = None
        elif tag == "TableCell" and self.parts[-1].startswith("<th"):
            self._replace_last_tag(self._cells.without_words())
        closing = self.closings.pop()
        self.tags.leave(len(self.closings))
        if closing == "</a>":
            self.in_link = False
        self.parts.append(closing)

    def open(self, element: Element) -> bool:
        """Open an element unless it is too deep; its content is written in any case."""
        depth = len(self.closings)
        if depth >= _MAX_DEPTH:
            self.closings.append("")
            return False
        root = self.context.root(element.name) if depth == 0 else ""
        self.parts.append(f"<{element.name}{root}{element.attributes}>{element.inner}")
        self.closings.append(element.closing)
        return True

    def start_table(self, alignments: tuple[str, ...]) -> None:
        """Open a table."""
        self._cells = TableCells(alignments)
        self.open(elements.TABLE)

    def start_code(self, kind: str | Mapping[str, str]) -> None:
        """Open a code block; its text is written when it ends."""
        info = "" if isinstance(kind, str) else kind["Fenced"]
        self._language = elements.language_of(unescaped(info))
        self._code = []
        self.open(elements.code(self._language))

    def start_footnote(self, label: str) -> None:
        """Open the definition of a footnote."""
        identity = self.context.footnote(label)
        back = self.context.footnote_return_href(label)
        self.open(elements.footnote(label, identity, back))

    def start_link(self, link: Mapping[str, Any]) -> None:
        """Open a link, if it may be followed."""
        plain = unescaped(link["dest_url"])
        href = safe_href(f"mailto:{plain}" if link["link_type"] == "Email" else plain)
        if link["link_type"] == "Autolink" and not href:
            # `<std::vector>` looks like a link with the scheme std: show the source.
            self.parts.append("&lt;")
            self.closings.append("&gt;")
        else:
            self._open_link(elements.anchor, href, link["title"])

    def start_image(self, image: Mapping[str, Any]) -> None:
        """Open a link to an image."""
        address = unescaped(image["dest_url"])
        if has_marks(address) and not self.in_link:
            self._open_embedded(address, image["title"])
        else:
            self._open_link(elements.remote_image, safe_href(address), image["title"])
        self._image_starts.append(len(self.parts))

    def _open_embedded(self, address: str, title: str) -> None:
        href = self.context.images.take(address)
        if href:
            self._open_link(elements.remote_image, href, title)
        else:
            self.in_link = self.open(elements.image_without_address(unescaped(title)))

    def _replace_last_tag(self, element: Element) -> None:
        """Replace the element that was opened last and has no content yet."""
        self.parts[-1] = f"<{element.name}{element.attributes}>"
        self.closings[-1] = element.closing

    def _open_link(self, link: Callable[[str, str], Element], href: str | None, title: str) -> None:
        if href and not self.in_link:
            self.in_link = self.open(link(href, unescaped(title)))
        else:
            self.closings.append("")


_WRITERS: Final[dict[str, Callable[[BlockWriter, Any], None]]] = {
    **inlines.WRITERS,
    "End": BlockWriter.end,
    "Start": BlockWriter.start,
    "Text": BlockWriter.write_text,
}
_STARTS: Final[dict[str, Callable[[BlockWriter, Any], object]]] = {
    "BlockQuote": lambda writer, kind: writer.open(elements.quote(kind)),
    "CodeBlock": BlockWriter.start_code,
    "FootnoteDefinition": BlockWriter.start_footnote,
    "Heading": lambda writer, heading: writer.open(writer.context.heading(heading["level"])),
    "Image": BlockWriter.start_image,
    "Link": BlockWriter.start_link,
    "List": lambda writer, first: writer.open(elements.list_of(first)),
    "Table": BlockWriter.start_table,
}
