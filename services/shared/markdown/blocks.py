"""The blocks of a text as a tree: containers down to a depth, and below them what they hold."""

from collections.abc import Iterator
from typing import Final, Literal

from pyromark.event import Event, Range

from services.shared.markdown.source import NOWHERE, events

type Container = Literal["root", "list", "item", "quote", "table"]
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
_OF_A_TABLE: Final = frozenset(("head", "row"))
_PARAGRAPH_START: Final[Event] = {"Start": "Paragraph"}
_PARAGRAPH_END: Final[Event] = {"End": "Paragraph"}


class Block:
    """A block: its source is at the UTF-8 byte offsets from `start` to `end`.

    A container has `children` and the parser's event that starts it as `first`; any other has
    `events`. A row's `first` is that of its table. A `line` is whole with its last line: a heading
    or a rule. Text that stands in an item by itself is a paragraph like any other.
    """

    __slots__ = ("children", "end", "events", "first", "kind", "start")

    def __init__(self, kind: Kind, first: Event, span: Range, events: list[Event]) -> None:
        self.kind = kind
        self.first = first
        self.start = span["start"]
        self.end = span["end"]
        self.children: list[Block] = []
        self.events = events


def read_blocks(text: str, *, placed: bool = True) -> Block:
    """Parse text that a `Reader` has read; costs time in proportion to its length.

    If it does not matter where the blocks stand, it costs less.
    """
    reader = _TreeReader(events(text, placed=placed))
    for event, span in reader.events:
        reader.begin(event, span)
    return reader.root


class _TreeReader:
    """Reads events into a tree: a leaf takes its own at once, a container is left open."""

    __slots__ = ("_open", "events", "root")

    def __init__(self, ranged_events: Iterator[tuple[Event, Range]]) -> None:
        self.events = ranged_events
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
        self._add(Block(kind, first, span, inside))

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
        block = self._open.pop()
        # The range of a list takes in the definitions that follow it; that of its last item,
        # which ended just before, does not.
        block.end = block.children[-1].end if block.kind == "list" and block.children else end

    def _add(self, block: Block) -> None:
        self._open[-1].children.append(block)


def _tag(event: Event) -> str:
    tag = event["Start"]  # type: ignore[index,typeddict-item]  # the caller has looked
    return tag if isinstance(tag, str) else next(iter(tag))
