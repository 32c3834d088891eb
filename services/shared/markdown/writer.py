"""Parser events to HTML: one root element for each block, raw HTML as text."""

from html import escape
from typing import Final

from pyromark.event import Event

from services.shared.markdown import elements
from services.shared.markdown.anchors import Anchors
from services.shared.markdown.delimiters import as_written, unescaped
from services.shared.markdown.elements import Element
from services.shared.markdown.highlighting import highlight
from services.shared.markdown.inlines import InlineWriter
from services.shared.markdown.insertions import insertion
from services.shared.markdown.links import safe_href
from services.shared.markdown.tables import TableCells

# Browsers stop nesting at 512 elements, and this is more than any answer needs.
_MAX_DEPTH: Final = 64
_NO_ALT: Final = "image"


class BlockWriter:
    """Writes the events of one block; `parts` holds its HTML.

    The HTML is well-formed and escaped, but meant for the sanitiser, not yet for a page.
    """

    def __init__(self, anchors: Anchors) -> None:
        self.parts: list[str] = []
        self._anchors = anchors
        self._inlines = InlineWriter(self.parts, anchors)
        self._closings: list[str] = []
        self._image_starts: list[int] = []
        self._cells = TableCells()
        self._code: list[str] | None = None
        self._language = ""

    def write(self, event: Event) -> None:
        """Write one event; the events of a block come in order and complete."""
        if event == "Rule":
            root = "" if self._closings else self._anchors.next_block()
            self.parts.append(f"<hr{root}>")
        elif isinstance(event, str):
            self._inlines.write(event)
        elif "Start" in event:
            self._start(event)
        elif "End" in event:
            self._end(event)
        elif self._code is not None and "Text" in event:
            self._code.append(event["Text"])
        else:
            self._inlines.write(event)

    def _start(self, event: Event) -> None:
        match event:
            case {"Start": "TableCell"}:
                self._open(self._cells.next_cell())
            case {"Start": "TableHead" | "TableRow" as name}:
                self._cells.start_row(head=name == "TableHead")
                self._open(elements.PLAIN[name])
            case {"Start": str(name)}:
                self._open(elements.PLAIN[name])
            case {"Start": {"Link": link}}:
                self._start_link(link["dest_url"], link["title"], str(link["link_type"]))
            case {"Start": {"Image": image}}:
                self._start_image(image["dest_url"], image["title"])
            case {"Start": {"Table": alignments}}:
                self._cells = TableCells(alignments)
                self._open(elements.TABLE)
            case _:
                self._start_container(event)

    def _start_container(self, event: Event) -> None:
        match event:
            case {"Start": {"Heading": heading}}:
                self._open(elements.heading(heading["level"]))
            case {"Start": {"List": first}}:
                self._open(elements.list_of(first))
            case {"Start": {"BlockQuote": kind}}:
                self._open(elements.quote(kind))
            case {"Start": {"CodeBlock": {"Fenced": info}}}:
                self._start_code(elements.language_of(unescaped(info)))
            case {"Start": {"CodeBlock": _}}:
                self._start_code("")
            case {"Start": {"FootnoteDefinition": label}}:
                self._start_footnote(label)
            case _:
                raise ValueError(f"a tag of an extension that is not enabled: {event}")

    def _start_footnote(self, label: str) -> None:
        identity = self._anchors.footnote(label)
        back = self._anchors.footnote_return_href(label)
        self._open(elements.footnote(label, identity, back))

    def _start_code(self, language: str) -> None:
        self._language = language
        self._code = []
        self._open(elements.code(language))

    def _start_link(self, address: str, title: str, kind: str) -> None:
        plain = unescaped(address)
        href = safe_href(f"mailto:{plain}" if kind == "Email" else plain)
        if kind == "Autolink" and not href:
            # `<std::vector>` reads as a link to the scheme std: show what was written.
            self.parts.append("&lt;")
            self._closings.append("&gt;")
        else:
            self._open_anchor(href, title)

    def _start_image(self, address: str, title: str) -> None:
        self._open_anchor(safe_href(unescaped(address)), title, "remote-image")
        self._image_starts.append(len(self.parts))

    def _open_anchor(self, href: str | None, title: str, classes: str = "") -> None:
        if href and not self._inlines.in_link:
            opened = self._open(elements.anchor(href, unescaped(title), classes))
            self._inlines.in_link = opened
        else:
            self._closings.append("")

    def _open(self, element: Element) -> bool:
        """Open an element unless it is too deep; its content is written either way."""
        deep = len(self._closings) >= _MAX_DEPTH
        self._closings.append("" if deep else element.closing)
        if not deep:
            root = self._anchors.next_block() if len(self._closings) == 1 else ""
            self.parts.append(f"<{element.name}{root}{element.attributes}>{element.inner}")
        return not deep

    def _end(self, event: Event) -> None:
        match event:
            case {"End": "Image"} if self._image_starts.pop() == len(self.parts):
                self.parts.append(_NO_ALT)
            case {"End": "CodeBlock"} if self._code is not None:
                self.parts.append(self._coloured("".join(self._code)))
                self._code = None
            case _:
                pass
        closing = self._closings.pop()
        if closing == "</a>":
            self._inlines.in_link = False
        self.parts.append(closing)

    def _coloured(self, code: str) -> str:
        written = as_written(code)
        html = highlight(written, self._language) if self._language else None
        return escape(written, quote=False) if html is None else insertion(html)
