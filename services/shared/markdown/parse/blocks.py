"""The tree of blocks that a text is parsed into."""

from collections.abc import Iterable
from typing import Final, Literal

from pyromark.event import Event, Range

type Container = Literal["root", "list", "item", "quote", "table", "details"]
type Leaf = Literal["head", "row", "code", "paragraph", "line", "other"]
type Kind = Container | Leaf
NOWHERE: Final[Range] = {"start": 0, "end": 0}


class Block:
    """A block, whose source spans the UTF-8 byte offsets from `start` to `end`.

    `first` is the parser's event that starts the block; a row has that of its table. A container
    has `children`, any other block has its `events`. A `line` is a heading or a rule, which is
    complete with its last line. Bare text in an item is a paragraph. The first child of details is
    the line with their opening tags; details are open until they are `closed`.

    A block that `stands_alone` is in no list, quotation or table.
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


def code_in(events: Iterable[Event]) -> str:
    """Return the text of a code block from its events."""
    return "".join(event["Text"] for event in events if "Text" in event)  # type: ignore[index]  # a str event is none of code's
