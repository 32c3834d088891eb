"""The blocks of a text as a tree: containers down to a depth, and below them what they hold."""

from collections.abc import Iterator
from typing import Final, Literal

from pyromark.event import Event, Range

from services.shared.markdown.html_blocks import HTML_START, Step, ends_details, html_of, read_html
from services.shared.markdown.source import NOWHERE, events

type Container = Literal["root", "list", "item", "quote", "table", "details"]
type Leaf = Literal["head", "row", "code", "paragraph", "line", "other"]
type Kind = Container | Leaf

# Containers inside each other that are told apart; a deeper one is written as a whole.
MAX_DEPTH: Final = 8
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
_SECTIONS: Final = frozenset(("root", "details"))
_OF_A_TABLE: Final = frozenset(("head", "row"))
_PARAGRAPH_START: Final[Event] = {"Start": "Paragraph"}
_PARAGRAPH_END: Final[Event] = {"End": "Paragraph"}


class Block:
    """A block: its source is at the UTF-8 byte offsets from `start` to `end`.

    A container has `children` and the parser's event that starts it as `first`; any other has
    `events`. A row's `first` is that of its table. A `line` is whole with its last line: a heading
    or a rule. Text that stands in an item by itself is a paragraph like any other. The first child
    of details is the line with the tags that open them; they go on unless they are `closed`.

    One that `stands_alone` is in no list, quotation or table.
    """

    __slots__ = ("children", "closed", "end", "events", "first", "kind", "stands_alone", "start")

    def __init__(self, kind: Kind, first: Event, span: Range, events: list[Event]) -> None:
        self.kind = kind
        self.first = first
        self.start = span["start"]
        self.end = span["end"]
        self.children: list[Block] = []
        self.events = events
        self.closed = False
        self.stands_alone = False


def read_blocks(text: str, *, placed: bool = True, goes_on: bool = False) -> Block:
    """Parse text that a `Reader` has read; costs time in proportion to its length.

    If it does not matter where the blocks stand, it costs less. Where the text goes on, what the
    next line may change of details is left as it is; that takes places.
    """
    open_end = len(text.encode()) if goes_on else None
    reader = _TreeReader(events(text, placed=placed), open_end)
    for event, span in reader.events:
        reader.begin(event, span)
    return reader.root


class _TreeReader:
    """Reads events into a tree: a leaf takes its own at once, a container is left open."""

    __slots__ = ("_open", "_open_end", "events", "root")

    def __init__(
        self, ranged_events: Iterator[tuple[Event, Range]], open_end: int | None = None
    ) -> None:
        self.events = ranged_events
        self._open_end = open_end
        self.root = Block("root", _PARAGRAPH_START, NOWHERE, [])
        self._open = [self.root]

    def begin(self, event: Event, span: Range) -> None:
        """Take an event that no leaf took."""
        if "Start" in event:
            self._begin_block(event, span)
        elif "End" in event:
            self._end_container(span["end"])
        elif event == "Rule":
            self._add(Block("line", event, span, [event]))
        else:
            self._read_bare(event, span)

    def _begin_block(self, event: Event, span: Range) -> None:
        name = _tag(event)
        container = _CONTAINERS.get(name)
        if container and len(self._open) <= MAX_DEPTH:
            block = Block(container, event, span, [])
            self._add(block)
            self._open.append(block)
        elif name in _INLINE:
            self._read_bare(event, span)
        else:
            self._read_leaf(_LEAVES.get(name, "other"), event, span)

    def _read_leaf(self, kind: Leaf, event: Event, span: Range) -> None:
        first = self._open[-1].first if kind in _OF_A_TABLE else event
        leaf = Block(kind, first, span, self._read_events(event))
        is_certain = span["end"] != self._open_end
        if event == HTML_START and is_certain:
            self._add_html(leaf, span)
        elif is_certain and self._details and ends_details(leaf.events):
            del leaf.events[-2]
            self._take([Step("add", leaf.events), Step("close", [])], span, kind)
        else:
            self._add(leaf)

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

    @property
    def _details(self) -> int:
        """How many details are open in the innermost container of another kind."""
        return [block.kind != "details" for block in reversed(self._open)].index(True)

    def _add_html(self, leaf: Block, span: Range) -> None:
        room = MAX_DEPTH + 1 - len(self._open)
        steps = read_html(html_of(leaf.events), inside=self._details, room=room)
        if steps:
            self._take(steps, span, "line")
        else:
            self._add(leaf)

    def _take(self, steps: list[Step], span: Range, kind: Kind) -> None:
        for action, inside in steps:
            if action == "close":
                self._end_details(span["end"])
                continue
            if action == "open":
                details = Block("details", HTML_START, span, [])
                self._add(details)
                self._open.append(details)
            self._add(Block(kind, HTML_START, span, inside))

    def _end_details(self, end: int) -> None:
        details = self._open.pop()
        details.closed = True
        details.end = end

    def _read_bare(self, event: Event, span: Range) -> None:
        """Read a paragraph that the parser gives no tags: it does so in some lists, not in all."""
        block = Block("paragraph", _PARAGRAPH_START, span, [_PARAGRAPH_START, event])
        self._add(block)
        depth = int("Start" in event)
        for following, its_span in self.events:
            if "Start" in following:
                is_inside = depth > 0 or _tag(following) in _INLINE
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

    def _end_container(self, end: int) -> None:
        while self._open[-1].kind == "details":
            details = self._open.pop()
            details.end = details.children[-1].end
        block = self._open.pop()
        # The range of a list takes in the definitions that follow it; that of its last item,
        # which ended just before, does not.
        block.end = block.children[-1].end if block.kind == "list" and block.children else end

    def _add(self, block: Block) -> None:
        block.stands_alone = self._open[-1].kind in _SECTIONS
        self._open[-1].children.append(block)


def _tag(event: Event) -> str:
    tag = event["Start"]  # type: ignore[index,typeddict-item]  # the caller has looked
    return tag if isinstance(tag, str) else next(iter(tag))
