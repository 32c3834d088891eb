"""The blocks of a text as a tree: containers down to a depth, and below them what they hold."""

from collections.abc import Iterable
from typing import Final, Literal

from pyromark.event import Event, Range

type Container = Literal["root", "list", "item", "quote", "table", "details"]
type Leaf = Literal["head", "row", "code", "paragraph", "line", "other"]
type Kind = Container | Leaf
NOWHERE: Final[Range] = {"start": 0, "end": 0}


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


def code_in(events: Iterable[Event]) -> str:
    """Return the text of a code block from its events."""
    return "".join(event["Text"] for event in events if "Text" in event)  # type: ignore[index]  # a str event is none of code's
