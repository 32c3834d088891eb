"""Parser events to HTML: one root element for each top-level block, raw HTML as text."""

from html import escape
from typing import Final

from pyromark.event import Event

from services.shared.markdown import elements
from services.shared.markdown.anchors import Anchors
from services.shared.markdown.elements import Element
from services.shared.markdown.links import linked_prose, safe_href
from services.shared.markdown.tables import TableCells

# Browsers stop nesting at 512 elements, and this is more than any answer needs.
_MAX_DEPTH: Final = 64


class BlockWriter:
    """Writes the events of one top-level block; `parts` holds its HTML.

    The HTML is well-formed and escaped, but meant for the sanitiser, not yet for a page.
    """

    def __init__(self, anchors: Anchors) -> None:
        self.parts: list[str] = []
        self._anchors = anchors
        self._closings: list[str] = []
        self._in_link = False
        self._image_starts: list[int] = []
        self._cells = TableCells()

    def write(self, event: Event) -> None:
        """Write one event; the events of a block come in order and complete."""
        if isinstance(event, str):
            self._write_break(event)
        elif "Text" in event:
            self.parts.append(self._prose(event["Text"]))
        elif "Start" in event:
            self._start(event)
        elif "End" in event:
            self._end(event)
        else:
            self._write_leaf(event)

    def _write_break(self, kind: str) -> None:
        if kind == "Rule":
            root = "" if self._closings else self._anchors.next_block()
            self.parts.append(f"<hr{root}>")
        else:
            self.parts.append("<br>" if kind == "HardBreak" else "\n")

    def _prose(self, text: str) -> str:
        verbatim = self._in_link or (self._closings and self._closings[-1].endswith("</pre>"))
        return escape(text, quote=False) if verbatim else linked_prose(text)

    def _write_leaf(self, event: Event) -> None:
        match event:
            case {"Code": str(code)}:
                self.parts.append(f"<code>{escape(code, quote=False)}</code>")
            case {"InlineHtml": str(html)}:
                self.parts.append(elements.inline_html(html))
            case {"Html": str(html)}:
                self.parts.append(escape(html, quote=False))
            case {"TaskListMarker": checked}:
                self.parts.append(elements.task_mark(checked=bool(checked)))
            case {"FootnoteReference": str(label)}:
                href = None if self._in_link else self._anchors.footnote_href(label)
                self.parts.append(elements.footnote_reference(label, href))
            case _:
                raise ValueError(f"an event of an extension that is not enabled: {event}")

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
                self._open(elements.code(info))
            case {"Start": {"CodeBlock": _}}:
                self._open(elements.code(None))
            case {"Start": {"FootnoteDefinition": label}}:
                self._open(elements.footnote(label, self._anchors.footnote(label)))
            case _:
                raise ValueError(f"a tag of an extension that is not enabled: {event}")

    def _start_link(self, address: str, title: str, kind: str) -> None:
        href = safe_href(f"mailto:{address}" if kind == "Email" else address)
        if kind == "Autolink" and not href:
            # `<std::vector>` reads as a link to the scheme std: show what was written.
            self.parts.append("&lt;")
            self._closings.append("&gt;")
        else:
            self._open_anchor(href, title)

    def _start_image(self, address: str, title: str) -> None:
        self._open_anchor(safe_href(address), title, "image-link")
        self._image_starts.append(len(self.parts))

    def _open_anchor(self, href: str | None, title: str, classes: str = "") -> None:
        if href and not self._in_link:
            self._in_link = self._open(elements.anchor(href, title, classes))
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
        if event == {"End": "Image"} and self._image_starts.pop() == len(self.parts):
            self.parts.append("image")
        closing = self._closings.pop()
        if closing == "</a>":
            self._in_link = False
        self.parts.append(closing)
