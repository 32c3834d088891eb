"""Reads the parser's events into the tree of blocks, with the details that HTML blocks open."""

from collections.abc import Iterator
from typing import Final

from pyromark.event import Event, Range

from services.shared.markdown.parse.block_tree import PARAGRAPH_START, BlockTree
from services.shared.markdown.parse.blocks import Block, Kind, Leaf, code_in
from services.shared.markdown.parse.details import (
    INDENTED,
    indented_code,
    name_of,
    split_code,
    split_text,
    summary_of,
)
from services.shared.markdown.parse.html_blocks import (
    HTML_START,
    Step,
    add_summary,
    html_of,
    read_html,
)
from services.shared.markdown.parse.source import events

_CONTAINERS: Final[dict[str, Kind]] = {
    "List": "list",
    "Item": "item",
    "BlockQuote": "quote",
    "Table": "table",
}
_LEAVES: Final[dict[str, Leaf]] = {
    "TableHead": "head",
    "TableRow": "row",
    "CodeBlock": "code",
    "Paragraph": "paragraph",
    "Heading": "line",
}
_INLINE: Final = frozenset(("Emphasis", "Strong", "Strikethrough", "Link", "Image"))
_OF_A_TABLE: Final = frozenset(("head", "row"))
_OF_A_SUMMARY: Final = frozenset(("Paragraph", "Heading"))
_PARAGRAPH_END: Final[Event] = {"End": "Paragraph"}


def read_blocks(text: str, *, placed: bool = True, is_open: bool = False) -> Block:
    """Parse text that a `Reader` has read, in time proportional to its length.

    Without offsets (`placed=False`) it takes less time. If the text `is_open`, more of it will
    follow: tags of details that the next line may change are not read yet. That requires offsets.
    """
    source = text.encode() if placed else b""
    reader = _TreeReader(events(text, placed=placed), source, is_open=is_open)
    for event, span in reader.events:
        reader.begin(event, span)
    if not is_open:
        reader.leave_summary()
    return reader.tree.root


class _TreeReader:
    """Reads events into a tree: a leaf takes all its events at once, a container stays open."""

    __slots__ = ("_source", "_source_end", "_steps", "events", "tree")

    def __init__(
        self, ranged_events: Iterator[tuple[Event, Range]], source: bytes, *, is_open: bool
    ) -> None:
        self.events = ranged_events
        self._source = source
        self._source_end = len(source) if is_open else None
        self._steps: list[Step] | None = None
        self.tree = BlockTree()

    def begin(self, event: Event, span: Range) -> None:
        """Take an event that belongs to no leaf."""
        if name_of(event) not in _OF_A_SUMMARY and "End" not in event:
            self.leave_summary()
        if "Start" in event:
            self._begin_block(event, span)
        elif "End" in event:
            self._steps = None
            self.tree.close(span["end"])
        elif event == "Rule":
            self.tree.add(Block("line", event, span, [event]))
        else:
            self._read_bare(event, span)

    def _begin_block(self, event: Event, span: Range) -> None:
        name = name_of(event)
        container = _CONTAINERS.get(name)
        if container and self.tree.room > 0:
            self.tree.open(Block(container, event, span, []))
        elif name in _INLINE:
            self._read_bare(event, span)
        else:
            self._read_leaf(_LEAVES.get(name, "other"), event, span)

    def _read_leaf(self, kind: Leaf, event: Event, span: Range) -> None:
        first = self.tree.innermost.first if kind in _OF_A_TABLE else event
        leaf = Block(kind, first, span, self._read_events(event))
        is_certain = kind == "line" or span["end"] != self._source_end
        if self._steps is not None:
            self._add_summary(self._steps, leaf, is_certain=is_certain)
        elif event == HTML_START and is_certain:
            self._add_html(leaf, span)
        elif event == INDENTED and self.tree.details:
            self._add_code(leaf, span)
        elif is_certain and self.tree.details:
            self._add_text(leaf, span)
        else:
            self.tree.add(leaf)

    def _add_summary(self, steps: list[Step], text: Block, *, is_certain: bool) -> None:
        """Make text a summary; text that may change only extends the block that waits for it."""
        waiting = self.tree.innermost.children[-1]
        waiting.end = text.end
        if is_certain:
            add_summary(steps, summary_of(text.events))
            self.leave_summary()

    def leave_summary(self) -> None:
        """Take the steps that wait for a summary: it has been added, or no text follows."""
        steps, self._steps = self._steps, None
        if steps is not None:
            waiting = self.tree.innermost.children.pop()
            self._take(steps, {"start": waiting.start, "end": waiting.end})

    def _add_code(self, leaf: Block, span: Range) -> None:
        """Add indented code; a line in it that ends details does so whatever follows."""
        code = code_in(leaf.events)
        while self.tree.details and (split := split_code(code)):
            end = self._line_end(span["start"], split.lines)
            self._add_part(leaf, {"start": span["start"], "end": end}, indented_code(split.before))
            self.tree.close_details(end)
            span = {"start": end, "end": span["end"]}
            code = split.after
        self._add_part(leaf, span, indented_code(code))

    def _line_end(self, start: int, lines: int) -> int:
        for _ in range(lines):
            start = self._source.find(b"\n", start) + 1 or len(self._source)
        return start

    def _add_text(self, leaf: Block, span: Range) -> None:
        first, *others = split_text(leaf.events, self.tree.details)
        self._add_part(leaf, span, first)
        for piece in others:
            self.tree.close_details(span["end"])
            self._add_part(leaf, span, piece)

    def _add_part(self, leaf: Block, span: Range, events: list[Event]) -> None:
        if events:
            self.tree.add(Block(leaf.kind, leaf.first, span, events))

    def _read_events(self, event: Event) -> list[Event]:
        inside = [event]
        depth = 1
        for following, _ in self.events:
            inside.append(following)
            if "Start" in following:
                depth += 1
            elif "End" in following:
                depth -= 1
                if depth == 0:
                    break
        return inside

    def _add_html(self, leaf: Block, span: Range) -> None:
        steps = read_html(html_of(leaf.events), inside=self.tree.details, room=self.tree.room)
        if steps and steps[-1].action == "summary":
            self._steps = steps[:-1]
            self.tree.add(leaf)
        elif steps is not None:
            self._take(steps, span)
        else:
            self.tree.add(leaf)

    def _take(self, steps: list[Step], span: Range) -> None:
        for action, inside in steps:
            if action == "close":
                self.tree.close_details(span["end"])
                continue
            if action == "open":
                self.tree.open(Block("details", HTML_START, span, []))
            kind: Kind = "paragraph" if inside[:1] == [PARAGRAPH_START] else "line"
            self.tree.add(Block(kind, HTML_START, span, inside))

    def _read_bare(self, event: Event, span: Range) -> None:
        """Read a paragraph without tags of its own: the parser leaves them out in tight lists."""
        block = Block("paragraph", PARAGRAPH_START, span, [PARAGRAPH_START, event])
        self.tree.add(block)
        depth = int("Start" in event)
        for following, its_span in self.events:
            if "Start" in following:
                is_inside = depth > 0 or name_of(following) in _INLINE
                depth += 1
            elif "End" in following:
                is_inside = depth > 0
                depth -= 1
            else:
                is_inside = following != "Rule"
            if not is_inside:
                block.events.append(_PARAGRAPH_END)
                self.begin(following, its_span)
                break
            block.end = its_span["end"]
            block.events.append(following)
