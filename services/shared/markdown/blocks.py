"""The blocks of a text as a tree: containers down to a depth, and below them what they hold."""

from collections.abc import Iterable, Iterator
from typing import Final, Literal

from pyromark.event import Event, Range

from services.shared.markdown.source import events

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

    def __init__(
        self, kind: Kind, first: Event, start: int = 0, end: int = 0, events: Iterable[Event] = ()
    ) -> None:
        self.kind = kind
        self.first = first
        self.start = start
        self.end = end
        self.children: list[Block] = []
        self.events = list(events)


def read_blocks(text: str) -> Block:
    """Parse text that a `Reader` has read; costs time in proportion to its length."""
    reader = _TreeReader(events(text))
    for event, span in reader.events:
        reader.begin(event, span)
    return reader.root


class _TreeReader:
    """Reads events into a tree: a leaf takes its own at once, a container is left open."""

    __slots__ = ("_open", "events", "root")

    def __init__(self, ranged_events: Iterator[tuple[Event, Range]]) -> None:
        self.events = ranged_events
        self.root = Block("root", _PARAGRAPH_START)
        self._open = [self.root]

    def begin(self, event: Event, span: Range) -> None:
        """Take an event that no leaf took."""
        if "Start" in event:
            self._begin_block(event, span)
        elif event == "Rule":
            self._add(Block("line", event, span["start"], span["end"], [event]))
        elif "End" in event:
            self._end_container(span["end"])
        else:
            self._read_bare(event, span)

    def _begin_block(self, event: Event, span: Range) -> None:
        name = _tag(event)
        container = _CONTAINERS.get(name)
        if container and len(self._open) <= MAX_DEPTH:
            self._open.append(self._add(Block(container, event, span["start"], span["end"])))
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
        self._add(Block(kind, first, span["start"], span["end"], inside))

    def _read_bare(self, event: Event, span: Range) -> None:
        """Read a paragraph that the parser gives no tags: it does so in some lists, not in all."""
        block = Block("paragraph", _PARAGRAPH_START, span["start"], span["end"])
        block.events = [_PARAGRAPH_START, event]
        self._add(block)
        depth = int("Start" in event)
        for following, its_span in self.events:
            if depth == 0 and _is_structure(following):
                block.events.append(_PARAGRAPH_END)
                self.begin(following, its_span)
                break
            block.end = its_span["end"]
            block.events.append(following)
            depth += ("Start" in following) - ("End" in following)

    def _end_container(self, end: int) -> None:
        block = self._open.pop()
        # The range of a list takes in the definitions that follow it; that of its last item,
        # which ended just before, does not.
        block.end = block.children[-1].end if block.kind == "list" and block.children else end

    def _add(self, block: Block) -> Block:
        self._open[-1].children.append(block)
        return block


def _is_structure(event: Event) -> bool:
    """Say whether an event is about blocks, and not about what stands in a paragraph."""
    if "Start" in event:
        return _tag(event) not in _INLINE
    return "End" in event or event == "Rule"


def _tag(event: Event) -> str:
    tag = event["Start"]  # type: ignore[index,typeddict-item]  # the caller has looked
    return tag if isinstance(tag, str) else next(iter(tag))
